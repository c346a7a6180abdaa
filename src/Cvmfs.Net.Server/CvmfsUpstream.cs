namespace Cvmfs.Net.Server;

/// <summary>Another server that stands behind a replica of this one.</summary>
/// <param name="Url">Where the repository is there: <c>http://host/cvmfs/fqrn</c>; several, joined by commas, fail over.</param>
/// <param name="IsPassThrough">Whether nothing is stored here, not even the root files: every request goes on, except those below <c>api/</c>.
/// Otherwise objects that are missing are fetched, checked and stored, and root files are those of the folder.</param>
public sealed record CvmfsUpstream(string Url, bool IsPassThrough = false);
