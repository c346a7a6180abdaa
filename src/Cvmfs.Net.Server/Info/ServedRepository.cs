namespace Cvmfs.Net.Server.Info;

/// <summary>One repository of this host, as its folder shows it. Nothing here is verified: it is what the folder says.</summary>
/// <param name="Alias">Folder and URL component.</param>
/// <param name="Name">Fully qualified name from the manifest; the alias where there is no manifest yet.</param>
/// <param name="IsReplica">Whether it is a replica rather than a Stratum 0.</param>
/// <param name="Revision">Revision served; null before the first.</param>
/// <param name="IsSnapshotting">Whether a snapshot is running.</param>
/// <param name="Fault">Why its manifest cannot be read; null where it can.</param>
internal sealed record ServedRepository(string Alias, string Name, bool IsReplica, ulong? Revision, bool IsSnapshotting, string? Fault = null);
