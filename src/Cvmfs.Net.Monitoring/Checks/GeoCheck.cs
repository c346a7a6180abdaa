using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Does a server send clients to the nearest server, and is its database fresh?</summary>
public sealed class GeoCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "geo";

    /// <summary>Age of the database from which it is old. Default 30 days.</summary>
    public TimeSpan MaxDatabaseAge { get; init; } = TimeSpan.FromDays(30);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var server in view.Servers)
        {
            foreach (var geo in server.Geo)
            {
                var (status, message) = geo switch
                {
                    { Error: not ErrorClass.None } => (CheckStatus.Warning, geo.Detail ?? geo.Error.Name()),
                    { IsRight: false } => (CheckStatus.Warning, $"seen from {geo.Query.Anchor.Name}, it puts {string.Join(", ", geo.HostsInOrder)} in a wrong order"),
                    _ => (CheckStatus.Ok, string.Join(", ", geo.HostsInOrder)),
                };
                yield return new CheckResult(Name, server.Target.Name, null, status, message);
            }

            if (server.Geo.Count > 0 && server.Listing?.LastGeoDbUpdate?.Time is { } database && view.At - database > MaxDatabaseAge)
            {
                yield return new CheckResult(Name, server.Target.Name, null, CheckStatus.Degraded, $"the geo database is {(int)(view.At - database).TotalDays} days old");
            }
        }
    }
}
