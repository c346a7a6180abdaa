using System.CommandLine;
using Cvmfs.Net.Monitoring.Fleet.Rendering;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>fleet render</c>: other programs' configuration, made from the fleet file.</summary>
internal static class FleetRenderCommand
{
    public static Command Create(CliHost host)
    {
        var file = FleetCommand.FileArgument();
        string[] formats = [.. FleetRenderer.Formats.Select(format => format.Format)];
        var format = new Option<string[]>("--format") { Description = "What to make; repeatable. Default: all of it.", HelpName = "FORMAT" };
        format.AcceptOnlyFromAmong([.. formats, "all"]);
        var destination = new Option<DirectoryInfo>("--destination", "-d") { Description = "Folder of the outputs.", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo("fleet-out") };
        var check = new Option<bool>("--check") { Description = "Write nothing; end with 1 when a file is not as it should be." };
        var diff = new Option<bool>("--diff") { Description = "Print what changes." };
        var command = new CliCommand(
            "render",
            "Make configuration for Prometheus, Ansible, clients, proxies, Terraform, the status page and others. The same file gives the same bytes.",
            "fleet render fleet.yaml -d /etc/cvmfs-fleet",
            "fleet render fleet.yaml --format client --check --diff -d ./client")
        {
            file, format, destination, check, diff,
        };
        command.Notes = string.Join('\n', FleetRenderer.Formats.Select(one => $"  {one.Format,-14} {one.What}"));
        return command.Runs(async (parse, cancellationToken) =>
        {
            var result = await FleetCommand.ReadAsync(host, parse.GetRequiredValue(file).FullName, cancellationToken);
            if (result.Fleet is not { } fleet) return ExitCodes.Failed;
            string[] wanted = parse.GetValue(format) is { Length: > 0 } given && !given.Contains("all") ? given : formats;
            var folder = new FleetOutputFolder(parse.GetRequiredValue(destination).FullName);
            bool isDryRun = parse.GetValue(check);
            int changed = 0;
            await using var output = host.OpenText();
            foreach (string one in wanted.Distinct())
            {
                var files = FleetRenderer.Render(fleet, one, host.Clock.GetUtcNow());
                var changes = isDryRun ? await folder.CompareAsync(one, files, cancellationToken) : await folder.WriteAsync(one, files, cancellationToken);
                foreach (var change in changes)
                {
                    changed++;
                    await output.WriteLineAsync($"{(change.New is null ? "removed" : change.Old is null ? "new" : "changed")} {change.Path}");
                    if (!parse.GetValue(diff)) continue;
                    foreach (string line in change.Lines()) await output.WriteLineAsync(SafeText.ForTerminal(line));
                }
            }

            await host.Error.WriteLineAsync($"{changed} files {(isDryRun ? "are not as they should be" : "changed")} in {folder.Location}.");
            return isDryRun && changed > 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
    }
}
