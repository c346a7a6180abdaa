namespace Cvmfs.Net.History;

/// <summary>A line of revisions.</summary>
/// <param name="Name">Empty for the default branch.</param>
/// <param name="Parent">The branch it left; null for the default branch.</param>
/// <param name="InitialRevision">The revision where it left.</param>
public sealed record RepositoryBranch(string Name, string? Parent, ulong InitialRevision);
