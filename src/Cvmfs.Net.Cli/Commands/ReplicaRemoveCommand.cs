using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica remove</c>: takes replicas off this host.</summary>
internal static class ReplicaRemoveCommand
{
    public static Command Create(CliHost host)
    {
        var force = new Option<bool>("--force", "-f") { Description = "Do not ask." };
        var keep = new Option<bool>("--keep-data", "-p") { Description = "Leave the storage folder where it is." };
        var json = ReplicaArguments.Json();
        var places = new HostArguments();
        var command = new CliCommand(
            "remove",
            "Take replicas off this host: data, spool folder and configuration. Keys stay.",
            "replica remove software.example.org",
            "replica remove -f -p software.example.org")
        {
            force, keep, json,
        };
        command.Aliases.Add("rmfs");
        command.Arguments.Add(places.Names);
        places.AddPlacesTo(command);
        command.Notes = "Only what a replica consists of is removed; anything else in its folders stays and is named. Links are not followed.\n"
            + "Nothing is removed while a snapshot, collection or check is at work (exit code 5).";
        return command.Runs(async (parse, cancellationToken) =>
        {
            var selected = await places.SelectAsync(parse, host, cancellationToken);
            bool keeps = parse.GetValue(keep);
            foreach (var replica in selected.Replicas)
            {
                string question = keeps ? $"Remove the replica {replica.Alias} and keep {replica.Storage.Target}?" : $"Remove the replica {replica.Alias} and delete {replica.Storage.Target}?";
                await Confirmation.AskAsync(host, parse.GetValue(force), question, cancellationToken);
            }

            return await selected.ForEachAsync(host, async replica =>
            {
                var read = await places.LoadAsync(parse, host, cancellationToken); // as it is now, without those that are gone already
                var report = await new ReplicaRemoval(read, host.Clock).RemoveAsync(replica, keeps, cancellationToken);
                if (parse.GetValue(json)) await WriteAsync(host, selected.IsList, report, cancellationToken);
                await host.Error.WriteLineAsync($"{report.Alias}: {SafeText.ForTerminal(report.Message)}");
                foreach (string warning in report.Warnings) await host.Error.WriteLineAsync($"  warning: {SafeText.ForTerminal(warning)}");
                return ReportOutcomes.ExitCodeOf(report.Outcome);
            }, cancellationToken);
        });
    }

    private static Task WriteAsync(CliHost host, bool isList, ReplicaRemoveReport report, CancellationToken cancellationToken) => JsonOutput.WriteAsync(host, isList, json =>
    {
        json.WriteStartObject();
        json.WriteString("alias", report.Alias);
        json.WriteString("outcome", ReportOutcomes.Name(report.Outcome));
        json.WriteNumber("exit_code", ReportOutcomes.ExitCodeOf(report.Outcome));
        json.WriteString("message", report.Message);
        json.WriteEndObject();
    }, cancellationToken);
}
