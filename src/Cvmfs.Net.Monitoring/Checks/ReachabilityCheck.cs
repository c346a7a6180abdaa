using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Does the server answer as one of CernVM-FS?</summary>
public sealed class ReachabilityCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "server";

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            var status = server.IsFailed ? CheckStatus.Failed : server.Outcome == ServerOutcome.Reachable ? CheckStatus.Ok : CheckStatus.Warning;
            yield return new CheckResult(Name, server.Target.Name, null, status, server.Detail ?? $"{server.Repositories.Count} repositories");
            foreach (var warning in server.Warnings) yield return new CheckResult(Name, server.Target.Name, null, CheckStatus.Degraded, warning.Detail);
        }
    }
}
