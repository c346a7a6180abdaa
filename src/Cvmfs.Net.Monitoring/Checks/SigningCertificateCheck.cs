using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>How long is the publisher's certificate valid? Clients do not look at its dates, but a key that is past them should have been changed.</summary>
public sealed class SigningCertificateCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "certificate";

    /// <summary>Time left below which it is worth a look. Default 30 days. Never more than that: clients go on.</summary>
    public TimeSpan LookWithin { get; init; } = TimeSpan.FromDays(30);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var repository in server.Repositories)
            {
                if (repository.Trust.CertificateNotAfter is not { } end) continue;
                var status = end - view.At < LookWithin ? CheckStatus.Degraded : CheckStatus.Ok;
                yield return new CheckResult(Name, server.Target.Name, repository.Name, status, $"the publisher's certificate expires at {end:u}");
            }
        }
    }
}
