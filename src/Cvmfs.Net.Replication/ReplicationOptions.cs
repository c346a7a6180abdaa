using System.ComponentModel.DataAnnotations;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Transport.Proxies;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Replication;

/// <summary>One replica: what it copies, from where, to where, and how hard it tries.</summary>
public sealed class ReplicationOptions
{
    /// <summary>Fully qualified name of the repository, as its manifest says it.</summary>
    [Required]
    public string Repository { get; set; } = "";

    /// <summary>Where to copy from: a repository URL, several joined by commas (tried in order), or a local folder.</summary>
    [Required]
    public string Upstream { get; set; } = "";

    /// <summary>The replica's folder, which a web server shows: holds the manifest and <c>data/</c>. Its last part is the alias.</summary>
    [Required]
    public string StorageFolder { get; set; } = "";

    /// <summary>Whether requests are passed on to the upstream instead of being answered from here: a snapshot then does nothing, with success.</summary>
    public bool IsPassThrough { get; set; }

    /// <summary>Which nested catalogs to copy; null for all. Recorded with the replica, which is marked by <c>.cvmfs_partial_replica</c>; another
    /// filter than the last time makes everything be walked again.</summary>
    public PathFilter? Filter { get; set; }

    /// <summary>Whether a replica that was made under a filter may become a whole one when <see cref="Filter"/> is null.</summary>
    public bool AllowWidening { get; set; }

    /// <summary>Folder for what must not be served: lock file and checksum of the reflog. The reference uses
    /// <c>/var/spool/cvmfs/&lt;alias&gt;</c>; share that folder to work beside its tools. Default null: <c>.replica</c> in the storage folder,
    /// a name that no URL of the server's grammar can reach.</summary>
    public string? SpoolFolder { get; set; }

    /// <summary>Local name of the replica. Default null: the last part of the storage folder's path.</summary>
    public string? Alias { get; set; }

    /// <summary>Folder of the reflog's checksum, see <see cref="ReplicaLocation.ReflogChecksumFolder"/>. Default null: the spool folder.</summary>
    public string? ReflogChecksumFolder { get; set; }

    /// <summary>How long a connection may take to be made, and may stand still. Default 10 s, the reference's <c>CVMFS_HTTP_TIMEOUT</c>.</summary>
    [TimeSpanRange("00:00:01", "1.00:00:00")]
    public TimeSpan NetworkTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is repeated. Default 3, the reference's <c>CVMFS_HTTP_RETRIES</c>.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 3;

    /// <summary>Connections to each server at once. Default 32; the reference gives a new replica 16, and uses each for one request at a time.</summary>
    [Range(1, 4096)]
    public int MaxConnections { get; set; } = 32;

    /// <summary>Transfers at once, several to a connection. Default 512: over a line of 20 ms, 25,000 small objects a second. How many of them are
    /// on their way is found out by trying, see <see cref="HttpConnections"/>.</summary>
    [Range(1, 65536)]
    public int MaxTransfers { get; set; } = 512;

    /// <summary>Bytes received a second at most, on average; 0, the default, for as many as come. See <see cref="ReplicaServices.RateLimits"/> for
    /// a bound on several replicas together.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytesPerSecond { get; set; }

    /// <summary>Forward proxies, as in <c>CVMFS_HTTP_PROXY</c>: <c>http://a:3128|http://b:3128;DIRECT</c>. Default null: none; the
    /// environment's proxy settings are never looked at.</summary>
    [ProxyListText]
    public string? Proxies { get; set; }

    /// <summary>How far back revisions between two snapshots are copied when the upstream collects garbage. HEAD and tags are copied
    /// however old. Default 3 days, the reference's <c>CVMFS_AUTO_GC_TIMESPAN</c>.</summary>
    [TimeSpanRange("00:00:00", "36500.00:00:00")]
    public TimeSpan HistoryLimit { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How long to wait for another run to finish; never for a first snapshot. Default zero: give up at once, as the
    /// reference's <c>snapshot -t</c>. Who follows an upstream looks again anyway.</summary>
    [TimeSpanRange("00:00:00", "1.00:00:00")]
    public TimeSpan LockPatience { get; set; }

    /// <summary>File to which every run appends the frames <c>Starting &lt;alias&gt; at &lt;date&gt;</c> and <c>Finished &lt;alias&gt; at &lt;date&gt;</c>, as
    /// the reference's <c>snapshot -a</c> does. Default null: none.</summary>
    public string? ClassicLogFile { get; set; }

    /// <summary>Free bytes that stay free on the storage's file system; a run ends before it eats them. Default 256 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long ReserveBytes { get; set; } = 256L << 20;

    /// <summary>Whether everything is on the disk before a new revision becomes visible, and root files before they are renamed. Default
    /// true: it costs a few system calls per new revision and keeps the served one whole through a power loss.</summary>
    public bool FlushBeforePublishing { get; set; } = true;

    /// <summary>Whether everything that a run finds present is read and hashed, replaced where it is wrong, and filled in where something below a
    /// catalog is missing. Default false: it reads the whole tree of every revision that is wanted, also where no new one is there.</summary>
    public bool VerifyPresent { get; set; }

    /// <summary>How many databases of tags that were published between two snapshots are copied beside the newest, as far as the upstream still has
    /// them; a first snapshot copies the newest alone. Default 1000: clients never ask for them, and each takes a request of its own.</summary>
    [Range(0, 1_000_000)]
    public int PreviousTagDatabases { get; set; } = 1000;

    /// <summary>Whether a reflog that is lost, damaged or not the one of its checksum is made anew from the store, which takes opening every catalog
    /// once. Default true: the result lists all that is there, with the times at which it came, so that garbage collection misses nothing and
    /// takes nothing too early. False ends the run as <see cref="SnapshotOutcome.ReflogMismatch"/>, for an operator to look.</summary>
    public bool RebuildReflog { get; set; } = true;

    /// <summary>Decompressed bytes of catalogs that are open at once; one larger catalog is admitted alone. Default 64 MiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long OpenCatalogBytes { get; set; } = 64L << 20;

    /// <summary>Largest database that is accepted, decompressed. Default 4 GiB; the largest catalogs in the field have some hundred MiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxDatabaseBytes { get; set; } = 4L << 30;

    /// <summary>Transfers failed in a row, after their retries, that end a run: the upstream is gone, and there may be millions more to
    /// try. Default 100.</summary>
    [Range(1, 1_000_000)]
    public int MaxFailuresInARow { get; set; } = 100;

    /// <summary>Age of the whitelist from which it is fetched again before it is published. Default 10 minutes.</summary>
    [TimeSpanRange("00:00:00", "1.00:00:00")]
    public TimeSpan WhitelistMaxAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Group for <see cref="Replicator.SnapshotAllAsync"/>; null for none.</summary>
    public string? Group { get; set; }

    /// <summary>Whether the replica is kept up to date with the others: followed, and taken by <see cref="Replicator.SnapshotAllAsync"/>. Default true.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Time between two looks for a new revision while following. Default 5 minutes; EESSI looks every 10.</summary>
    [TimeSpanRange("00:00:01", "1.00:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Part of <see cref="PollInterval"/> by which a wait is varied at random, so that replicas do not ask in step. Default 0.1.</summary>
    [Range(0.0, 1.0)]
    public double PollJitter { get; set; } = 0.1;

    /// <summary>Refuses options that cannot work.</summary>
    /// <exception cref="OptionsValidationException">An option is missing or out of its range.</exception>
    internal void ThrowIfInvalid()
    {
        var validation = new ReplicationOptionsValidator().Validate(null, this);
        if (validation.Failed) throw new OptionsValidationException(nameof(ReplicationOptions), typeof(ReplicationOptions), validation.Failures);
    }
}

/// <summary>Refuses options that cannot work.</summary>
[OptionsValidator]
public sealed partial class ReplicationOptionsValidator : IValidateOptions<ReplicationOptions>;
