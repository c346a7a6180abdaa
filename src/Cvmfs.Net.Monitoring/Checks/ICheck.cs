using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Judges reports. Pure: no clock but the instant of the view, no network.</summary>
public interface ICheck
{
    /// <summary>Name in results: short, lower case.</summary>
    string Name { get; }

    /// <summary>Judges everything that the check has something to say about.</summary>
    /// <param name="view">One run over all servers: some checks compare.</param>
    IEnumerable<CheckResult> Judge(FleetView view);
}
