namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>A small document, or why there is none.</summary>
/// <param name="Body">The bytes; null where nothing usable came.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Detail">In words.</param>
/// <param name="Report">How the request went.</param>
internal readonly record struct Fetched(byte[]? Body, ErrorClass Error, string? Detail, EndpointReport Report);
