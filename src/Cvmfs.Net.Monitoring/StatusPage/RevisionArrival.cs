namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>When a server was first seen with a revision.</summary>
/// <param name="Server">Name of the server.</param>
/// <param name="SeenAt">When it was seen; it came at some time since <paramref name="LookedAt"/>.</param>
/// <param name="LookedAt">The look before, which did not see it; null where there was none, so that nobody knows since when it has been there.</param>
internal sealed record RevisionArrival(string Server, DateTimeOffset SeenAt, DateTimeOffset? LookedAt);
