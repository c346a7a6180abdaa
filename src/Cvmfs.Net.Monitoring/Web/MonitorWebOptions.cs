using Cvmfs.Net.Monitoring.Servermon;

namespace Cvmfs.Net.Monitoring.Web;

/// <summary>What a monitor's web server offers.</summary>
public sealed record MonitorWebOptions
{
    /// <summary>Whether <c>/probe</c> takes any target. Default false: only servers of the fleet, for else anybody could look around in the network.</summary>
    public bool AllowAnyTarget { get; init; }

    /// <summary>servermon's API; null for none.</summary>
    public ServermonApi? Servermon { get; init; }
}
