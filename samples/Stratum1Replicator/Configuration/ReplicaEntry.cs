namespace Stratum1Replicator.Configuration;

/// <summary>One replica in section "Stratum1:Replicas", under its alias. What is null is as for all replicas.</summary>
internal sealed class ReplicaEntry
{
    /// <summary>Where to copy from: a repository URL, several joined by commas, or a folder.</summary>
    public string? Upstream { get; set; }

    /// <summary>Fully qualified name of the repository. Null: the last part of the upstream's URL, or else the alias.</summary>
    public string? Repository { get; set; }

    /// <summary>Master public keys: files and folders, joined by colons.</summary>
    public string? Key { get; set; }

    /// <summary>Its folder. Null: the one of its alias in the root folder.</summary>
    public string? Storage { get; set; }

    /// <summary>Its spool folder.</summary>
    public string? Spool { get; set; }

    /// <summary>A group, shown in status and metrics.</summary>
    public string? Group { get; set; }

    /// <summary>False: served, and neither updated nor maintained.</summary>
    public bool Active { get; set; } = true;

    public TimeSpan? PollInterval { get; set; }

    /// <summary>Connections to each server at once.</summary>
    public int? MaxConnections { get; set; }

    /// <summary>How long a connection may take to be made, and may stand still. Default 10 s, as with the reference.</summary>
    public TimeSpan? NetworkTimeout { get; set; }

    /// <summary>How often a request is repeated. Default 3, as with the reference.</summary>
    public int? Retries { get; set; }

    /// <summary>Transfers at once.</summary>
    public int? MaxTransfers { get; set; }

    /// <summary>Bytes received a second at most; 0 for as many as come.</summary>
    public long? MaxBytesPerSecond { get; set; }

    /// <summary>Forward proxies, as clients write them.</summary>
    public string? Proxies { get; set; }

    /// <summary>Whether garbage is collected where the publisher allows it. Default no, as with the reference.</summary>
    public bool Collect { get; set; }

    /// <summary>How far back revisions are copied and kept. Default 3 days, as with the reference.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(3);

    /// <summary>File that lists what was collected.</summary>
    public string? DeletionLog { get; set; }
}
