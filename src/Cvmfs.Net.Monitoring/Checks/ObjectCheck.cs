using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Are the objects there that the manifest promises, and whole? Without the root catalog nobody can mount the repository.</summary>
public sealed class ObjectCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "objects";

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var repository in server.Repositories.Where(repository => repository.Objects.Count > 0))
            {
                var worst = repository.Objects.OrderByDescending(one => Severity(one)).First();
                string message = worst.Outcome == ObjectOutcome.Ok ? $"{repository.Objects.Count} objects are in order" : worst.Detail ?? worst.Key.ToString();
                yield return new CheckResult(Name, server.Target.Name, repository.Name, Severity(worst), message);
            }
        }
    }

    private static CheckStatus Severity(ObjectReport one) => one.Outcome switch
    {
        ObjectOutcome.Ok => CheckStatus.Ok,
        ObjectOutcome.Error => CheckStatus.Degraded, // it may be there: nobody knows
        _ => one is { IsRoot: true, Kind: ObjectKind.Catalog or ObjectKind.Certificate } ? CheckStatus.Failed : CheckStatus.Warning,
    };
}
