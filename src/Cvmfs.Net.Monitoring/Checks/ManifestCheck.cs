using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Is the repository there, and is it to be believed?</summary>
public sealed class ManifestCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "manifest";

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Servers.SelectMany(server => server.Repositories.Select(repository => new CheckResult(
            Name, server.Target.Name, repository.Name, repository.IsUp ? CheckStatus.Ok : CheckStatus.Failed, repository.Detail ?? $"revision {repository.Manifest?.Revision}")));
    }
}
