using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Cvmfs.Net.Server;

/// <summary>How servers are ordered by their distance from a client.</summary>
public sealed class CvmfsGeoOptions
{
    /// <summary>A location database in MaxMind's format, such as GeoLite2-City, or a link to one; null for no geo API. Default null.</summary>
    /// <remarks>A replaced file is taken without a restart. One that cannot be read leaves the old one in use; a link to a file named <c>NONE</c>
    /// turns the API off, as the reference tools do it.</remarks>
    public string? DatabaseFile { get; set; }

    /// <summary>How often the file is looked at, at most; it costs one system call. Default 5 s. The reference looks every 5 minutes.</summary>
    [TimeSpanRange("00:00:00", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most names in one request. Default 100, ten times what any configuration of clients has.</summary>
    [Range(1, 1000)]
    public int MaxServers { get; set; } = 100;

    /// <summary>Longest time that one request waits for name servers; what is not known by then counts as unknown. Default 2 s, below the 5 s after
    /// which clients give up.</summary>
    [TimeSpanRange("00:00:00.050", "00:00:10")]
    public TimeSpan LookupBudget { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Most look-ups of names at once, each of which may hold a thread of the system's resolver. Default 16.</summary>
    [Range(1, 256)]
    public int MaxLookups { get; set; } = 16;

    /// <summary>How long the address of a name is kept. Default 5 minutes, as the reference. An older one is used while a new one cannot be had.</summary>
    [TimeSpanRange("00:00:00", "1.00:00:00")]
    public TimeSpan NameLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it is kept that a name has no address. Default 1 minute.</summary>
    [TimeSpanRange("00:00:00", "01:00:00")]
    public TimeSpan FailedNameLifetime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Most names that are kept. Default 100,000, as the reference; about 30 MB when full.</summary>
    [Range(1, 10_000_000)]
    public int MaxNames { get; set; } = 100_000;

    /// <summary>Most requests per minute from one address, or from one /64 network of IPv6; 0 for no limit. Default 600. Those above are answered 429,
    /// whereupon a client asks the next server. The host itself, where a front proxy may run, has no limit. The reference has none at all.</summary>
    [Range(0, 1_000_000)]
    public int MaxRequestsPerMinute { get; set; } = 600;

    /// <summary>Whether <c>CF-Connecting-IP</c> and the last address of <c>X-Forwarded-For</c> stand for the client. Default true, as the reference.
    /// A client that lies only misleads itself, and whoever shares its answer in a cache; turn it off where no proxy stands in front.</summary>
    public bool TrustForwardedHeaders { get; set; } = true;

    /// <summary>Resolves a name; null for the system's resolver. Any exception means "no address".</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>>? Resolve { get; set; }
}
