using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>What a Stratum server shows, and for how long caches may keep it.</summary>
public sealed class CvmfsServerOptions
{
    /// <summary>Folder with one folder per repository, named by its alias; <c>info/v1/meta.json</c> may lie beside them. As the reference's <c>/srv/cvmfs</c>.</summary>
    [Required]
    public string RootFolder { get; set; } = "";

    /// <summary>Lifetime of objects, which never change. Default 3 days, as the reference server sends.</summary>
    [TimeSpanRange("00:00:00", "365.00:00:00")]
    public TimeSpan ObjectLifetime { get; set; } = TimeSpan.FromSeconds(259_200);

    /// <summary>Lifetime of root files and JSON. Default 61 s, as the reference sends: Squid caches nothing that lives 60 s or less.</summary>
    [TimeSpanRange("00:00:00", "00:10:00")]
    public TimeSpan RootFileLifetime { get; set; } = TimeSpan.FromSeconds(61);

    /// <summary>Lifetime of "not found". Default 10 s: it blunts a storm and does not hide an object that is just arriving. At most 61 s.</summary>
    [TimeSpanRange("00:00:00", "00:01:01")]
    public TimeSpan NotFoundLifetime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest file, in bytes, that is read in one piece into the response's own buffer; larger ones stream in pieces of this size.
    /// Default 64 KiB, which most objects stay below.</summary>
    [Range(4096, 4 << 20)]
    public int PieceBytes { get; set; } = 64 << 10;

    /// <summary>Memory for objects that are asked for again and again, in bytes; 0 keeps none. Default 256 MiB.</summary>
    [Range(0L, 1L << 40)]
    public long HotObjectBytes { get; set; } = 256L << 20;

    /// <summary>Longest object, in bytes, that is kept in memory; longer ones leave from the page cache. Default 256 KiB.</summary>
    [Range(0, 64 << 20)]
    public int MaxHotObjectBytes { get; set; } = 256 << 10;

    /// <summary>How often, at most, manifest and whitelist are looked at for a change by another process. Default 100 ms.
    /// <see cref="CvmfsServer.Refresh"/> says it at once.</summary>
    [TimeSpanRange("00:00:00", "00:01:00")]
    public TimeSpan RootFileCheckInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the last good manifest is served on when its file is gone while the repository's folder is there. Default 5 minutes.</summary>
    [TimeSpanRange("00:00:00", "1.00:00:00")]
    public TimeSpan RootFileGrace { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Memory, in bytes and for each repository, for knowing which objects are not there. Default 16 MiB, enough for ten million objects;
    /// beyond that the disk is asked more often. 0 always asks the disk.</summary>
    [Range(0L, 1L << 40)]
    public long AbsenceMemoryBytes { get; set; } = 16L << 20;

    /// <summary>How long it may take until an object that another process stores is found where it was asked for before. Objects of a new
    /// manifest are found as soon as that is served, whatever is set here. Default 1 s.</summary>
    [TimeSpanRange("00:00:00", "00:01:01")]
    public TimeSpan AbsenceCheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a folder must have been unchanged before what is not in it is believed to be absent. File systems stamp with a coarse
    /// clock: two changes within one of its ticks look like one.</summary>
    internal TimeSpan AbsenceSettleTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Replicas that fetch what they lack from another server, and those that only pass requests on; by alias.</summary>
    [Required]
    public IReadOnlyDictionary<string, CvmfsUpstream> ReadThrough { get; set; } = new Dictionary<string, CvmfsUpstream>();

    /// <summary>Whether event loops answer plain requests below Kestrel; see <see cref="CvmfsServerServices.AddCvmfsServer"/>. Default true.</summary>
    public bool UseEventLoops { get; set; } = true;

    /// <summary>Connections at once from one address, on each endpoint. Default 2000: whole sites come from one address.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 2000;

    /// <summary>Whether <c>repositories.json</c> names the versions of server and operating system. Default true, as with the reference.</summary>
    public bool PublishVersions { get; set; } = true;

    /// <summary>How long a generated <c>repositories.json</c> or health answer is reused before folders are looked at again. Default 5 s.</summary>
    [TimeSpanRange("00:00:00", "00:01:00")]
    public TimeSpan InventoryLifetime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The geo API, which orders servers by their distance from a client. Default: without a database, hence off.</summary>
    [ValidateObjectMembers]
    public CvmfsGeoOptions Geo { get; set; } = new();
}

/// <summary>Refuses options that cannot work, before the first request.</summary>
[OptionsValidator]
public sealed partial class CvmfsServerOptionsValidator : IValidateOptions<CvmfsServerOptions>;
