using System.CommandLine;
using System.Text;
using Cvmfs.Net.Monitoring.Fleet;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>fleet schema</c>: the JSON Schema of fleet files.</summary>
internal static class FleetSchemaCommand
{
    public static Command Create(CliHost host)
    {
        var command = new CliCommand(
            "schema",
            "Print the JSON Schema of fleet files, for editors. It accepts what has the form of a fleet file; whether that makes sense, fleet check says.",
            "fleet schema > fleet.schema.json");
        return command.Runs(async (_, _) =>
        {
            await using var output = host.OpenText();
            await output.WriteAsync(Encoding.UTF8.GetString(FleetSchema.ToJsonSchema()));
            return ExitCodes.Done;
        });
    }
}
