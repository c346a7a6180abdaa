namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A world of its own, such as production or test.</summary>
/// <param name="Id">Id.</param>
/// <param name="IsOnStatusPage">Whether visitors see it.</param>
/// <param name="Channels">Id of the routing.</param>
public sealed record FleetEnvironment(string Id, bool IsOnStatusPage, string Channels);
