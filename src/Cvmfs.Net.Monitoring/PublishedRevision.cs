namespace Cvmfs.Net.Monitoring;

/// <summary>A revision and when it was published, from the database of tags.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="PublishedAt">When.</param>
public readonly record struct PublishedRevision(ulong Revision, DateTimeOffset PublishedAt);
