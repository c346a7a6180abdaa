using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Is a replica up to date? Compares snapshot times with limits, and revisions with the newest one that any server has.</summary>
/// <remarks>A replica may be behind for as long as a snapshot takes, so a lower revision alone is no more than worth a look; a snapshot time
/// that stands still is what tells a dead replicator, even when nothing new was published.</remarks>
public sealed class StalenessCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "staleness";

    /// <summary>Age of the last snapshot from which it is a warning. Default 8 h, as monitors of the field have it.</summary>
    public TimeSpan WarnAfter { get; init; } = TimeSpan.FromHours(8);

    /// <summary>Age of the last snapshot from which the replica has failed. Default 24 h, as monitors of the field have it.</summary>
    public TimeSpan FailAfter { get; init; } = TimeSpan.FromHours(24);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(IReadOnlyList<ServerReport> servers, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(servers);
        var newest = new Dictionary<RepositoryName, ulong>();
        foreach (var repository in servers.SelectMany(server => server.Repositories).Where(IsBelieved))
        {
            newest[repository.Name] = Math.Max(newest.GetValueOrDefault(repository.Name), repository.Manifest!.Revision);
        }

        foreach (var server in servers)
        {
            foreach (var repository in server.Repositories.Where(repository => !repository.IsPassThrough))
            {
                var (status, message) = Judge(repository, newest.GetValueOrDefault(repository.Name), now);
                yield return new CheckResult(Name, server.Target.Name, repository.Name, status, message);
            }
        }
    }

    private (CheckStatus Status, string Message) Judge(RepositoryReport repository, ulong newest, DateTimeOffset now)
    {
        if (repository.Outcome == RepositoryOutcome.Unreachable) return (CheckStatus.Unknown, repository.Detail ?? "no manifest");
        if (!IsBelieved(repository)) return (CheckStatus.Failed, repository.Detail ?? "no manifest");
        ulong revision = repository.Manifest!.Revision;
        if (repository.Status.LastSnapshot is { Time: { } snapshot })
        {
            var age = now - snapshot;
            if (age >= FailAfter) return (CheckStatus.Failed, $"last snapshot {Hours(age)} ago, expected less than {Hours(FailAfter)}");
            if (age >= WarnAfter) return (CheckStatus.Warning, $"last snapshot {Hours(age)} ago, expected less than {Hours(WarnAfter)}");
        }

        return revision < newest
            ? (CheckStatus.Degraded, $"revision {revision}, the newest is {newest}")
            : (CheckStatus.Ok, $"revision {revision}");
    }

    private static bool IsBelieved(RepositoryReport repository) => repository.Outcome is RepositoryOutcome.Ok or RepositoryOutcome.Unverified;

    private static string Hours(TimeSpan age) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{age.TotalHours:0.#} h");
}
