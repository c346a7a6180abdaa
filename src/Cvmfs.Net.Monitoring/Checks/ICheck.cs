namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Judges reports. Pure: no clock but the instant that is handed in, no network.</summary>
public interface ICheck
{
    /// <summary>Name in results: short, lower case.</summary>
    string Name { get; }

    /// <summary>Judges every repository that the check has something to say about.</summary>
    /// <param name="servers">Reports of one run, of all servers: some checks compare.</param>
    /// <param name="now">The instant that ages are measured at.</param>
    IEnumerable<CheckResult> Judge(IReadOnlyList<ServerReport> servers, DateTimeOffset now);
}
