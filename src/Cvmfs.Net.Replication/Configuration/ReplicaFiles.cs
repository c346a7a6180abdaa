namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Names of a replica's files, as the reference's tools have them.</summary>
internal static class ReplicaFiles
{
    /// <summary>What the replica is and where it is kept.</summary>
    public const string ServerConf = "server.conf";

    /// <summary>What makes it a replica, and how it is transferred.</summary>
    public const string ReplicaConf = "replica.conf";

    /// <summary>Link in the spool folder to the storage's folder for files that are being written.</summary>
    public const string Temporary = "tmp";
}
