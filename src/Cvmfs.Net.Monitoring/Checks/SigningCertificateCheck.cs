using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>How long is the publisher's certificate valid? Clients do not look at its dates, but a key that is past them should have been changed.</summary>
public sealed class SigningCertificateCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "certificate";

    /// <summary>Time left below which it is worth a look. Default 30 days; below seven, a warning.</summary>
    public TimeSpan LookWithin { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Time left below which it is a warning. Default 7 days.</summary>
    public TimeSpan WarnWithin { get; init; } = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var repository in server.Repositories)
            {
                if (repository.Trust.CertificateNotAfter is not { } end) continue;
                var left = end - view.At;
                var status = left < WarnWithin ? CheckStatus.Warning : left < LookWithin ? CheckStatus.Degraded : CheckStatus.Ok;
                yield return new CheckResult(Name, server.Target.Name, repository.Name, status, $"the publisher's certificate expires at {end:u}");
            }
        }
    }
}
