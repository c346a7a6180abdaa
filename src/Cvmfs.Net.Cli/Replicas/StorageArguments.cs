using System.CommandLine;
using Cvmfs.Net.Cli.Commands;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>The arguments of commands that work on replicas of this host or on any folder that is one.</summary>
/// <param name="round">What <c>--all</c> logs and returns; null for commands that the reference does not know.</param>
internal sealed class StorageArguments(RoundArguments? round = null)
{
    public HostArguments Host { get; } = new();

    public Option<string?> Storage { get; } = new("--storage") { Description = "A replica's folder, instead of a name.", HelpName = "DIR" };

    public Option<string?> Spool { get; } = new("--spool") { Description = "Its spool folder; .replica in it where left out.", HelpName = "DIR" };

    public Option<string[]> Keys { get; } = ReplicaArguments.Keys();

    public StorageArguments AddTo(Command command, bool takesKeys = true)
    {
        Host.AddTo(command);
        round?.AddTo(command, Host.All);
        command.Options.Add(Storage);
        command.Options.Add(Spool);
        if (takesKeys) command.Options.Add(Keys);
        command.Validators.Add(result =>
        {
            bool isManaged = result.GetValue(Host.All) || result.GetResult(Host.Names) is { Tokens.Count: > 0 };
            if (isManaged == result.GetValue(Storage) is not null) result.AddError(isManaged ? "NAME and --all are for replicas of this host, --storage for any folder; give one." : "Which replica? Give NAME, --all or --storage.");
            if (isManaged && result.GetValue(Spool) is not null) result.AddError("--spool belongs to --storage.");
        });
        return this;
    }

    /// <summary>Does the same with each replica that is meant.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="host">The process.</param>
    /// <param name="choose">Picks from what <c>--all</c> means; null for all of it.</param>
    /// <param name="action">Gets what to work on; its results decide the exit code.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<int> ForEachAsync(
        ParseResult parse, CliHost host, Func<IReadOnlyList<ReplicaConfiguration>, Task<IReadOnlyList<ReplicaConfiguration>>>? choose, Func<WorkItem, Task<int>> action, CancellationToken cancellationToken)
    {
        if (parse.GetValue(Storage) is { } folder)
        {
            if (!Directory.Exists(folder)) throw CliException.Usage($"there is no folder {folder}.");
            var location = new ReplicaLocation(folder, parse.GetValue(Spool));
            return await action(new WorkItem(location, null, await KeyFiles.LoadAsync(parse.GetValue(Keys) ?? [], cancellationToken), IsList: false));
        }

        bool isAll = parse.GetValue(Host.All);
        var selected = await Host.SelectAsync(parse, host, cancellationToken);
        var log = isAll && round is not null ? await round.OpenLogAsync(parse, cancellationToken) : null;
        if (choose is not null && isAll) selected = selected with { Replicas = await choose(selected.Replicas) };
        int firstFailure = await selected.ForEachAsync(host, async (replica, said) =>
        {
            if (replica.IsPassThrough)
            {
                await host.Error.WriteLineAsync($"{replica.Alias}: requests are passed through; there is nothing to do.");
                return ExitCodes.Done;
            }

            var given = await KeyFiles.LoadAsync(parse.GetValue(Keys) ?? [], cancellationToken);
            return await action(new WorkItem(replica.Location, replica, given ?? await replica.LoadKeysAsync(cancellationToken), selected.IsList) { Said = said });
        }, log, cancellationToken);
        return isAll && round is not null ? round.ExitCodeOf(parse, firstFailure) : firstFailure;
    }
}

/// <summary>What a command works on.</summary>
/// <param name="Location">Where the replica lies.</param>
/// <param name="Configuration">Its settings; null for a folder that is none of this host's replicas.</param>
/// <param name="Keys">Public keys; null where none are known.</param>
/// <param name="IsList">Whether it is one of several.</param>
internal sealed record WorkItem(ReplicaLocation Location, ReplicaConfiguration? Configuration, MasterKeys? Keys, bool IsList)
{
    /// <summary>What the log of <c>--all</c> says of it.</summary>
    public List<string> Said { get; init; } = [];

    /// <summary>Tells a person, and the log, how it went.</summary>
    public async Task SummarizeAsync(CliHost host, string name, string message)
    {
        string line = SafeText.ForTerminal(message);
        Said.Add(line);
        await host.Error.WriteLineAsync($"{name}: {line}");
    }

    /// <summary>The replica with its upstream, for repairs. The caller disposes it.</summary>
    public Replica OpenReplica(CliHost host) => Configuration is { } configuration
        ? new Replica(configuration.ToReplicationOptions(host.Clock), Keys ?? MasterKeys.None, new ReplicaServices { TimeProvider = host.Clock })
        : throw CliException.Usage("--repair needs an upstream, which only a replica of this host has.", "Give the replica's NAME instead of --storage.");
}
