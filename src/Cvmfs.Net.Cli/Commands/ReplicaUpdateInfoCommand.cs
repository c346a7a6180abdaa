using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica update-info</c>: writes the host's documents anew.</summary>
internal static class ReplicaUpdateInfoCommand
{
    public static Command Create(CliHost host)
    {
        var meta = new Option<string?>("--meta") { Description = "Put this file in place of meta.json.", HelpName = "FILE" };
        var noEdit = new Option<bool>("-e") { Description = "Accepted for cvmfs_server's sake: no editor is started here." };
        var noWeb = new Option<bool>("-p") { Description = "Accepted for cvmfs_server's sake: no web server is configured here." };
        var places = new HostArguments();
        var command = new CliCommand(
            "update-info",
            "Write info/v1/repositories.json anew from the configuration, and meta.json if there is none.",
            "replica update-info",
            "replica update-info --meta meta.json")
        {
            meta, noEdit, noWeb,
        };
        places.AddPlacesTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var read = await places.LoadAsync(parse, host, cancellationToken);
            HostInfo.Write(read);
            var folder = HostInfo.FolderOf(read.Options);
            if (parse.GetValue(meta) is { } file) folder.WriteMeta(await File.ReadAllBytesAsync(file, cancellationToken));
            await host.Error.WriteLineAsync($"{folder.RepositoriesFile} lists {read.Replicas.Count} replicas{(read.Broken.Count > 0 ? $", and not {string.Join(", ", read.Broken.Select(one => one.Alias))}, whose files cannot be used" : "")}.");
            return read.Broken.Count > 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
    }
}
