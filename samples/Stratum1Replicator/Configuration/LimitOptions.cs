using System.ComponentModel.DataAnnotations;

namespace Stratum1Replicator.Configuration;

/// <summary>Section "Stratum1:Limits": what all replicas share. A change needs a restart.</summary>
internal sealed class LimitOptions
{
    /// <summary>Updates at once. Null: as many as there are processors, and at least four.</summary>
    [Range(1, 4096)]
    public int? MaxSnapshots { get; set; }

    /// <summary>First snapshots at once, besides the updates.</summary>
    [Range(1, 1000)]
    public int MaxFirstSnapshots { get; set; } = 2;

    /// <summary>Transfers at once, shared fairly between all runs.</summary>
    [Range(1, 65536)]
    public int MaxTransfers { get; set; } = 512;

    /// <summary>Connections to all upstreams together.</summary>
    [Range(1, 65536)]
    public int MaxConnections { get; set; } = 256;

    /// <summary>Connections to each upstream.</summary>
    [Range(1, 4096)]
    public int MaxConnectionsPerServer { get; set; } = 32;

    /// <summary>Bytes received a second by all runs together; 0 for as many as come.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytesPerSecond { get; set; }

    /// <summary>Free bytes below which no snapshot runs. Null: 1 GiB, or 256 MiB for one replica given on the command line.</summary>
    [Range(0, long.MaxValue)]
    public long? DiskReserveBytes { get; set; }

    /// <summary>Free bytes below which health warns.</summary>
    [Range(0, long.MaxValue)]
    public long DiskWarnBytes { get; set; } = 10L << 30;
}
