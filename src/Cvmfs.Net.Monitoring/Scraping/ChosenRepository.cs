using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>A repository that will be asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Where it lies on the server.</param>
/// <param name="IsPassThrough">Whether the server says that it only passes data on.</param>
/// <param name="IsListed">Whether the server lists it.</param>
/// <param name="IsReplica">Whether it lists it as a replica.</param>
/// <param name="IsExpected">Whether it was named by whoever asked, or nobody named any.</param>
internal sealed record ChosenRepository(RepositoryName Name, string Path, bool IsPassThrough, bool IsListed, bool IsReplica, bool IsExpected);
