using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Does the replicator still work? Compares the time of the last snapshot with limits.</summary>
/// <remarks>A snapshot time that stands still is what tells a dead replicator, even when nothing new was published.</remarks>
public sealed class StalenessCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "staleness";

    /// <summary>Age of the last snapshot from which it is a warning. Default 8 h, as monitors of the field have it.</summary>
    public TimeSpan WarnAfter { get; init; } = TimeSpan.FromHours(8);

    /// <summary>Age of the last snapshot from which the replica has failed. Default 24 h, as monitors of the field have it.</summary>
    public TimeSpan FailAfter { get; init; } = TimeSpan.FromHours(24);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var repository in server.Repositories.Where(repository => !repository.IsPassThrough))
            {
                var (status, message) = Judge(repository, view.At);
                yield return new CheckResult(Name, server.Target.Name, repository.Name, status, message);
            }
        }
    }

    private (CheckStatus Status, string Message) Judge(RepositoryReport repository, DateTimeOffset now)
    {
        if (repository.LastSnapshot is { } snapshot)
        {
            var age = now - snapshot;
            if (age >= FailAfter) return (CheckStatus.Failed, $"last snapshot {Text.Hours(age)} ago, expected less than {Text.Hours(FailAfter)}");
            return age >= WarnAfter
                ? (CheckStatus.Warning, $"last snapshot {Text.Hours(age)} ago, expected less than {Text.Hours(WarnAfter)}")
                : (CheckStatus.Ok, $"last snapshot {Text.Hours(age)} ago");
        }

        if (repository.StatusError == ErrorClass.UnparseableDate) return (CheckStatus.Failed, "the date of the last snapshot cannot be read");
        return repository.IsReplica && repository.IsUp && repository.StatusError == ErrorClass.None
            ? (CheckStatus.Degraded, "the server does not say when it took its last snapshot")
            : (repository.IsUp ? CheckStatus.Ok : CheckStatus.Unknown, repository.Detail ?? "takes no snapshots");
    }
}
