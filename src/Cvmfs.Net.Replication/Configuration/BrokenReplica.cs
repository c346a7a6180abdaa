namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A replica whose configuration cannot be used. The others of the host do not suffer from it.</summary>
/// <param name="Alias">Name of its folder.</param>
/// <param name="Problem">Why, with file and line.</param>
public sealed record BrokenReplica(string Alias, ConfigurationException Problem);
