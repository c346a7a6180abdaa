using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>What do a server's own integrity checks and collections say?</summary>
public sealed class IntegrityCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "check";

    /// <summary>Age of the last garbage collection from which it is a warning. Default 10 days.</summary>
    public TimeSpan WarnAfter { get; init; } = TimeSpan.FromDays(10);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var repository in server.Repositories.Where(repository => !repository.IsPassThrough))
            {
                if (repository.Status.CheckSucceeded == false)
                {
                    yield return new CheckResult(Name, server.Target.Name, repository.Name, CheckStatus.Warning, $"the server's own check failed at {repository.LastCheck:u}");
                }

                if (repository.LastGarbageCollection is { } collected && view.At - collected >= WarnAfter)
                {
                    yield return new CheckResult(Name, server.Target.Name, repository.Name, CheckStatus.Degraded, $"last garbage collection {(int)(view.At - collected).TotalDays} days ago");
                }
            }
        }
    }
}
