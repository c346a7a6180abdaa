using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>What to ask for.</summary>
/// <param name="Endpoint">Its name in reports.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Repository">To which repository it belongs; null for documents of the server.</param>
internal readonly record struct Asked(string Endpoint, Uri Url, RepositoryName? Repository = null);
