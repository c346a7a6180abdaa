using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Does every address of a server answer, how long is its TLS certificate valid, is its clock right?</summary>
public sealed class NetworkCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "network";

    /// <summary>Time left to a TLS certificate below which it is a warning. Default 14 days; below three days it has failed.</summary>
    public TimeSpan WarnWithin { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Time left to a TLS certificate below which it has failed. Default 3 days.</summary>
    public TimeSpan FailWithin { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How wrong a server's clock may be. Default 60 s.</summary>
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var (status, message) in Findings(server, view.At)) yield return new CheckResult(Name, server.Target.Name, null, status, message);
        }
    }

    private IEnumerable<(CheckStatus Status, string Message)> Findings(ServerReport server, DateTimeOffset now)
    {
        if (server.Network is { } network)
        {
            bool anyUp = network.Addresses.Any(address => address.IsUp);
            foreach (var down in network.Addresses.Where(address => !address.IsUp))
            {
                yield return (anyUp ? CheckStatus.Warning : CheckStatus.Failed, $"{down.Address} does not answer: {down.Detail}");
            }

            if (network.Dns.Count > 0 && network.Addresses.Count == 0) yield return (CheckStatus.Failed, $"the name has no address: {network.Dns[0].Detail}");
            if (network.Tls is { } tls && tls.NotAfter - now < WarnWithin)
            {
                yield return (tls.NotAfter - now < FailWithin ? CheckStatus.Failed : CheckStatus.Warning, $"the TLS certificate expires at {tls.NotAfter:u}");
            }
        }

        if (server.ClockSkew is { } skew && skew.Duration() > MaxClockSkew)
        {
            yield return (CheckStatus.Degraded, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"its clock is wrong by {skew.TotalSeconds:0} s"));
        }
    }
}
