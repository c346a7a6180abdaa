using System.CommandLine;
using System.IO.Enumeration;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Replication.Scheduling;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>The arguments of commands about the replicas of this host: where its configuration is, and which of them are meant.</summary>
internal sealed class HostArguments
{
    public Argument<string[]> Names { get; } = new("NAME") { Description = "Local names of replicas; * and ? are wildcards.", Arity = ArgumentArity.ZeroOrMore };

    public Option<bool> All { get; } = new("--all", "-a") { Description = "All active replicas of this host." };

    public Option<string> Folder { get; } = new("--config-dir") { Description = "Folder with repositories.d and server.local.", HelpName = "DIR", DefaultValueFactory = _ => "/etc/cvmfs" };

    public Option<string> StorageRoot { get; } = new("--storage-root") { Description = "Folder with the storage of new replicas, and info.", HelpName = "DIR", DefaultValueFactory = _ => "/srv/cvmfs" };

    public Option<string> SpoolRoot { get; } = new("--spool-root") { Description = "Folder with the spool folders of new replicas.", HelpName = "DIR", DefaultValueFactory = _ => "/var/spool/cvmfs" };

    /// <summary>Adds the places to a command.</summary>
    public HostArguments AddPlacesTo(Command command)
    {
        foreach (var option in (Option[])[Folder, StorageRoot, SpoolRoot]) command.Options.Add(option);
        return this;
    }

    /// <summary>Adds names, <c>--all</c> and the places to a command.</summary>
    public HostArguments AddTo(Command command)
    {
        command.Arguments.Add(Names);
        command.Options.Add(All);
        command.Validators.Add(result =>
        {
            if (result.GetValue(All) && result.GetResult(Names) is { Tokens.Count: > 0 }) result.AddError("Names and --all exclude each other.");
        });
        return AddPlacesTo(command);
    }

    public HostConfigurationOptions Options(ParseResult parse, CliHost host) => new()
    {
        Folder = parse.GetRequiredValue(Folder),
        StorageRoot = parse.GetRequiredValue(StorageRoot),
        SpoolRoot = parse.GetRequiredValue(SpoolRoot),
        Environment = host.Environment,
    };

    public async Task<HostConfiguration> LoadAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
    {
        var read = await HostConfiguration.LoadAsync(Options(parse, host), cancellationToken);
        foreach (string note in read.Notes) await host.Error.WriteLineAsync($"note: {SafeText.ForTerminal(note)}");
        return read;
    }

    /// <summary>The replicas that are meant. Names count whether or not a replica is active; <c>--all</c> leaves the inactive ones out.</summary>
    public async Task<SelectedReplicas> SelectAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
    {
        var read = await LoadAsync(parse, host, cancellationToken);
        string[] names = parse.GetValue(Names) ?? [];
        if (parse.GetValue(All)) return new SelectedReplicas(read, [.. read.Replicas.Where(replica => replica.IsActive)], read.Broken, IsList: true);
        if (names.Length == 0) throw CliException.Usage("which replica?", $"Name one of {Known(read)}, or give --all.");

        var chosen = new List<ReplicaConfiguration>();
        var broken = new List<BrokenReplica>();
        bool hasWildcard = false;
        foreach (string name in names)
        {
            bool isPattern = name.AsSpan().ContainsAny('*', '?');
            hasWildcard |= isPattern;
            bool Matches(string alias) => isPattern ? FileSystemName.MatchesSimpleExpression(name, alias, ignoreCase: false) : alias == name;
            var found = read.Replicas.Where(replica => Matches(replica.Alias)).ToList();
            var unusable = read.Broken.Where(replica => Matches(replica.Alias)).ToList();
            if (found.Count + unusable.Count == 0) throw CliException.Usage(Missing(read, name), $"There is {Known(read)}.");
            chosen.AddRange(found.Except(chosen));
            broken.AddRange(unusable.Except(broken));
        }

        return new SelectedReplicas(read, chosen, broken, hasWildcard || names.Length > 1);
    }

    /// <summary>The one replica that is meant.</summary>
    public async Task<(HostConfiguration Host, ReplicaConfiguration Replica)> SelectOneAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
    {
        var selected = await SelectAsync(parse, host, cancellationToken);
        if (selected.Broken is [var broken, ..]) throw new CliException(ExitCodes.Failed, $"{broken.Alias} cannot be used: {broken.Problem.Message}");
        return selected.Replicas is [var one] ? (selected.Host, one) : throw CliException.Usage("one replica at a time.");
    }

    private static string Missing(HostConfiguration read, string name) => read.Stratum0s.Any(one => one.Alias == name)
        ? $"{name} is published by this host (a Stratum 0); it is no replica."
        : $"there is no replica {name} in {read.Options.RepositoriesFolder}.";

    private static string Known(HostConfiguration read) => read.Replicas.Count == 0 ? "none" : string.Join(", ", read.Replicas.Select(replica => replica.Alias));
}

/// <summary>Replicas that a command line means.</summary>
/// <param name="Host">The host's configuration.</param>
/// <param name="Replicas">Those that can be used.</param>
/// <param name="Broken">Those that cannot.</param>
/// <param name="IsList">Whether several may be meant, however many there are: JSON is then a line each.</param>
internal sealed record SelectedReplicas(HostConfiguration Host, IReadOnlyList<ReplicaConfiguration> Replicas, IReadOnlyList<BrokenReplica> Broken, bool IsList)
{
    /// <summary>Does the same with each, one after the other, and goes on after a failure.</summary>
    /// <returns>The first exit code that is not zero.</returns>
    public Task<int> ForEachAsync(CliHost host, Func<ReplicaConfiguration, Task<int>> action, CancellationToken cancellationToken)
        => ForEachAsync(host, (replica, _) => action(replica), null, cancellationToken);

    /// <summary>Does the same with each, one after the other, and goes on after a failure.</summary>
    /// <param name="host">The process.</param>
    /// <param name="action">Gets a replica, and where to put what the log is to say of it; returns an exit code.</param>
    /// <param name="log">Gets a frame for each; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The first exit code that is not zero.</returns>
    public async Task<int> ForEachAsync(CliHost host, Func<ReplicaConfiguration, List<string>, Task<int>> action, RoundLog? log, CancellationToken cancellationToken)
    {
        int result = ExitCodes.Done;
        foreach (var broken in Broken)
        {
            await host.Error.WriteLineAsync($"{broken.Alias}: cannot be used: {SafeText.ForTerminal(broken.Problem.Message)}");
            var now = host.Clock.GetUtcNow();
            if (log is not null) await log.AppendAsync(broken.Alias, now, [broken.Problem.Message], succeeded: false, now, cancellationToken);
            result = ExitCodes.Failed;
        }

        foreach (var replica in Replicas)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = host.Clock.GetUtcNow();
            var said = new List<string>();
            int code = ExitCodes.Failed;
            try
            {
                code = await action(replica, said);
            }
            catch (Exception e) when (IsList && e is ConfigurationException or IOException or UnauthorizedAccessException or CvmfsException)
            {
                code = e is ConfigurationException ? ExitCodes.Failed : ExitCodes.Of(e);
                said.Add(e.Message);
                await host.Error.WriteLineAsync($"{replica.Alias}: {SafeText.ForTerminal(e.Message)}");
            }
            catch (OperationCanceledException)
            {
                said.Add("interrupted");
                throw;
            }
            finally
            {
                if (log is not null) await log.AppendAsync(replica.Alias, started, said, code == ExitCodes.Done, host.Clock.GetUtcNow(), CancellationToken.None);
            }

            if (result == ExitCodes.Done) result = code;
        }

        return result;
    }
}
