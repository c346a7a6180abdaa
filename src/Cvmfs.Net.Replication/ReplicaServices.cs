using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication;

/// <summary>What a replica may be given instead of what it makes itself. All optional.</summary>
public sealed class ReplicaServices
{
    /// <summary>Certificates and revisions that are refused although they are signed. Default: none, as the reference's server tools.</summary>
    public Blacklist? Blacklist { get; init; }

    /// <summary>Authorities for repositories whose whitelist is a PKCS#7 document or demands a certificate chain. Default: none, so that such
    /// repositories are refused.</summary>
    public CertificateAuthorities? Authorities { get; init; }

    /// <summary>Where to copy from, in place of <see cref="ReplicationOptions.Upstream"/>; not disposed by the replica.</summary>
    public IRepositorySource? Source { get; init; }

    /// <summary>Connections shared with other replicas, with limits of their own; not disposed by the replica. Default: connections of the
    /// replica's own, limited by <see cref="ReplicationOptions.MaxConnections"/>.</summary>
    public HttpConnections? Connections { get; init; }

    /// <summary>Bounds on the bytes received a second that this replica shares with others, beside its own
    /// <see cref="ReplicationOptions.MaxBytesPerSecond"/>. Default: none. Not looked at where <see cref="Source"/> is given.</summary>
    public IReadOnlyList<ByteRateLimit> RateLimits { get; init; } = [];

    /// <summary>Where objects go, in place of the storage folder's own store. Root files always go to the storage folder.</summary>
    public IObjectStore? Objects { get; init; }

    /// <summary>Limit of transfers that this replica shares with others; null for none but its own.</summary>
    public SharedTransfers? Transfers { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>The stores of this process: give the same to all replicas that may write into the same folder. Default: one of the replica's own.</summary>
    public SharedStores? Stores { get; init; }

    /// <summary>The boot of the machine, in place of the system's own word for it.</summary>
    internal string? BootId { get; init; }

    /// <summary>Hears of runs, and at lower levels of objects.</summary>
    public ILogger? Logger { get; init; }
}
