namespace Cvmfs.Net.Replication.Repairing;

/// <summary>Something that was set right.</summary>
/// <param name="Name">The object's key as hash text with its letter, or the name of a file.</param>
/// <param name="What">What was done, for people.</param>
/// <param name="Bytes">Bytes that were brought; 0 where none were.</param>
public sealed record RepairedObject(string Name, string What, long Bytes);
