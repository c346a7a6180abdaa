namespace Stratum1Replicator.Configuration;

/// <summary>Replicas of a host that the reference's tools were set up on.</summary>
internal static class ReferenceConfiguration
{
    /// <summary>Where the reference's tools keep storage folders.</summary>
    public const string DefaultStorage = "/srv/cvmfs";

    /// <summary>Where the reference's tools keep spool folders.</summary>
    public const string DefaultSpool = "/var/spool/cvmfs";

    public static Task<IReadOnlyList<ReplicaSettings>> ReadAsync(Stratum1Options options, TimeProvider time, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<ReplicaSettings>>([]);
}
