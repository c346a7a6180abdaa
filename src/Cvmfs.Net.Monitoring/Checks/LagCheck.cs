using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Does a replica have what was published? Compares how long it has been behind with limits, not by how many revisions.</summary>
/// <remarks>A busy publisher makes a revision every few minutes, and a replica that is two behind all day is in order.</remarks>
public sealed class LagCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "lag";

    /// <summary>How long a replica may be behind. Default 45 min; three times as long, and it has failed.</summary>
    public TimeSpan MaxLag { get; init; } = TimeSpan.FromMinutes(45);

    /// <summary>Repositories with limits of their own.</summary>
    public IReadOnlyDictionary<RepositoryName, TimeSpan> MaxLagOf { get; init; } = new Dictionary<RepositoryName, TimeSpan>();

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var repository in server.Repositories)
            {
                if (view.Find(server.Target.Name, repository.Name) is not { Lag: { } lag } standing) continue;
                var limit = MaxLagOf.GetValueOrDefault(repository.Name, MaxLag);
                var (status, message) = standing switch
                {
                    { IsConflict: true } => (CheckStatus.Failed, $"revision {repository.Manifest!.Revision} and that of {standing.Reference!.Server} are of two histories"),
                    { RevisionLag: 0 } => (CheckStatus.Ok, $"revision {repository.Manifest!.Revision}"),
                    _ when lag > 3 * limit => (CheckStatus.Failed, Behind()),
                    _ when lag > limit => (CheckStatus.Warning, Behind()),
                    _ => (CheckStatus.Ok, Behind()),
                };
                yield return new CheckResult(Name, server.Target.Name, repository.Name, status, message);

                string Behind() => $"{standing.RevisionLag} revisions behind {standing.Reference!.Server} for {Text.Minutes(lag)}, expected at most {Text.Minutes(limit)}";
            }
        }
    }
}
