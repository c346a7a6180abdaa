using System.CommandLine;
using System.Text;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica list</c>: what this host has, a line each.</summary>
internal static class ReplicaListCommand
{
    public static Command Create(CliHost host)
    {
        var json = new Option<bool>("--json") { Description = "JSON Lines: one object per replica." };
        var places = new HostArguments();
        var command = new CliCommand("list", "List the replicas of this host, as cvmfs_server list does.", "replica list", "replica list --json") { json };
        places.AddPlacesTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var read = await places.LoadAsync(parse, host, cancellationToken);
            foreach (var replica in read.Replicas)
            {
                if (parse.GetValue(json)) await WriteJsonAsync(host, replica, cancellationToken);
                else await WriteLineAsync(host, Line(replica), cancellationToken);
            }

            foreach (var broken in read.Broken)
            {
                if (parse.GetValue(json)) await WriteJsonAsync(host, broken, cancellationToken);
                else await WriteLineAsync(host, $"{broken.Alias} (stratum1 / unusable) {broken.Problem.Message}", cancellationToken);
            }

            if (read.Replicas.Count + read.Broken.Count == 0) await host.Error.WriteLineAsync($"There is no replica in {read.Options.RepositoriesFolder}.");
            return ExitCodes.Done;
        });
    }

    private static string Line(ReplicaConfiguration replica)
    {
        string name = replica.Repository.ToString();
        return $"{replica.Alias} (stratum1 / {(replica.IsPassThrough ? "pass-through" : replica.Storage.Kind)}{(IsUnhealthy(replica) ? " - unhealthy" : "")}{(replica.IsActive ? "" : " - inactive")})"
            + (name == replica.Alias ? "" : $" -> {name}")
            + (replica.Layout == ReplicaConfiguration.SupportedLayout ? "" : $" [incompatible layout {replica.Find("CVMFS_CREATOR_VERSION")?.Text}]");
    }

    private static bool IsUnhealthy(ReplicaConfiguration replica) => replica.Storage.IsLocal && !replica.IsPassThrough && !Directory.Exists(Path.Combine(replica.Storage.Target, "data"));

    private static async Task WriteLineAsync(CliHost host, string line, CancellationToken cancellationToken)
        => await host.Output.WriteAsync(Encoding.UTF8.GetBytes(SafeText.ForTerminal(line) + "\n"), cancellationToken);

    private static Task WriteJsonAsync(CliHost host, ReplicaConfiguration replica, CancellationToken cancellationToken) => JsonOutput.WriteAsync(host, isList: true, json =>
    {
        json.WriteStartObject();
        json.WriteString("alias", replica.Alias);
        json.WriteString("repository", replica.Repository.ToString());
        json.WriteString("upstream", replica.Upstream);
        json.WriteString("storage_kind", replica.Storage.Kind);
        json.WriteString("storage", replica.Storage.Target);
        json.WriteString("spool", replica.SpoolFolder);
        if (replica.Group is { } group) json.WriteString("group", group);
        json.WriteBoolean("active", replica.IsActive);
        json.WriteBoolean("pass_through", replica.IsPassThrough);
        json.WriteBoolean("auto_gc", replica.CollectsAfterSnapshot);
        json.WriteBoolean("healthy", !IsUnhealthy(replica) && replica.Layout == ReplicaConfiguration.SupportedLayout);
        json.WriteEndObject();
    }, cancellationToken);

    private static Task WriteJsonAsync(CliHost host, BrokenReplica broken, CancellationToken cancellationToken) => JsonOutput.WriteAsync(host, isList: true, json =>
    {
        json.WriteStartObject();
        json.WriteString("alias", broken.Alias);
        json.WriteBoolean("healthy", false);
        json.WriteString("problem", broken.Problem.Message);
        json.WriteEndObject();
    }, cancellationToken);
}
