namespace Cvmfs.Net.Replication.Repairing;

/// <summary>Something that is still wrong.</summary>
/// <param name="Name">The object's key as hash text with its letter.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record UnrepairedObject(string Name, string Reason);
