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
