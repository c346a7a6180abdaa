namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>A small document, or why there is none.</summary>
internal readonly record struct Fetched(byte[]? Body, ErrorClass Error, string? Detail);
