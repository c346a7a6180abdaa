namespace Cvmfs.Net.Monitoring;

/// <summary>A server that the geo API is asked to place.</summary>
/// <param name="Name">Plain host name, without scheme and port.</param>
/// <param name="Latitude">Degrees north, −90 to 90; null where nobody knows.</param>
/// <param name="Longitude">Degrees east, −180 to 180; null where nobody knows.</param>
public sealed record GeoHost(string Name, double? Latitude = null, double? Longitude = null);
