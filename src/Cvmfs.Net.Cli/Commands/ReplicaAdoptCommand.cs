using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica adopt</c>: whether a replica of the reference's tools can be taken over as it is.</summary>
internal static class ReplicaAdoptCommand
{
    public static Command Create(CliHost host)
    {
        var noCheck = new Option<bool>("--no-check") { Description = "Leave out the check of the catalogs." };
        var json = ReplicaArguments.Json();
        var places = new HostArguments();
        var command = new CliCommand(
            "adopt",
            "Look whether a replica kept by cvmfs_server can be taken over as it is. Changes nothing.",
            "replica adopt software.example.org",
            "replica adopt --all --json")
        {
            noCheck, json,
        };
        command.Notes = "Exit codes: 0 it can be taken over, 1 something is in the way.\n"
            + "Taking over is to stop cron's cvmfs_server jobs and to start the service, or replica snapshot, on the same configuration. All files stay\n"
            + "as cvmfs_server knows them: to go back, stop the one and start the other.";
        places.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var selected = await places.SelectAsync(parse, host, cancellationToken);
            return await selected.ForEachAsync(host, async replica =>
            {
                var latest = new LatestProgress<CheckProgress>();
                IReadOnlyList<AdoptionFinding> findings;
                await using (ProgressLine.Start(host, _ => $"{replica.Alias}: {latest.Value.Catalogs} catalogs checked"))
                {
                    findings = await new ReplicaAdoption(selected.Host, replica, host.Clock).LookAsync(!parse.GetValue(noCheck), latest, cancellationToken);
                }

                bool isReady = findings.All(finding => finding.Level != AdoptionLevel.Obstacle);
                if (parse.GetValue(json)) await WriteJsonAsync(host, selected.IsList, replica, findings, isReady, cancellationToken);
                else await WriteAsync(host, replica, findings, isReady, cancellationToken);
                return isReady ? ExitCodes.Done : ExitCodes.Failed;
            }, cancellationToken);
        });
    }

    private static async Task WriteAsync(CliHost host, ReplicaConfiguration replica, IReadOnlyList<AdoptionFinding> findings, bool isReady, CancellationToken cancellationToken)
    {
        await using var text = host.OpenText();
        foreach (var finding in findings)
        {
            string mark = finding.Level switch { AdoptionLevel.Good => "ok", AdoptionLevel.Note => "note", AdoptionLevel.Warning => "warning", _ => "OBSTACLE" };
            await text.WriteLineAsync($"{mark,-9}{finding.Subject,-15}{SafeText.ForTerminal(finding.Message)}".AsMemory(), cancellationToken);
        }

        await text.WriteLineAsync($"{replica.Alias} {(isReady ? "can be taken over as it is." : "cannot be taken over yet.")}".AsMemory(), cancellationToken);
    }

    private static Task WriteJsonAsync(CliHost host, bool isList, ReplicaConfiguration replica, IReadOnlyList<AdoptionFinding> findings, bool isReady, CancellationToken cancellationToken)
        => JsonOutput.WriteAsync(host, isList, json =>
        {
            json.WriteStartObject();
            json.WriteString("alias", replica.Alias);
            json.WriteBoolean("ready", isReady);
            json.WriteStartArray("findings");
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("subject", finding.Subject);
                json.WriteString("level", ReportOutcomes.Name(finding.Level));
                json.WriteString("message", finding.Message);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }, cancellationToken);
}
