namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Somebody to ask.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="Email">Address; empty where it is not said.</param>
public sealed record FleetContact(string Id, string Name, string Email);
