using System.ComponentModel.DataAnnotations;
using Cvmfs.Net.Server;
using Microsoft.Extensions.Options;

namespace Stratum1Replicator.Configuration;

/// <summary>Section "Stratum1" of the configuration files; the environment overrides them, and the command line both.</summary>
internal sealed class Stratum1Options
{
    public const string Section = "Stratum1";

    /// <summary>One repository to replicate: a URL, several joined by commas, or a folder. Null, and no other replicas: the demonstration.</summary>
    public string? Upstream { get; set; }

    /// <summary>Master public key, or a folder of them. Needed with <see cref="Upstream"/>; for <see cref="Replicas"/> that name none of their own.</summary>
    public string? Key { get; set; }

    /// <summary>Name of the repository. Needed only where the last part of the upstream's URL is not it.</summary>
    public string? Repository { get; set; }

    /// <summary>The root folder, with one folder per replica; it is what is served. Null: with <see cref="ConfigDir"/> the reference's
    /// <c>/srv/cvmfs</c>, else a temporary one, removed at the end.</summary>
    public string? Storage { get; set; }

    /// <summary>Folder with one spool folder per replica, for locks and journals. Null: with <see cref="ConfigDir"/> the reference's
    /// <c>/var/spool/cvmfs</c>, else a hidden folder in each replica's own.</summary>
    public string? Spool { get; set; }

    /// <summary>Where to serve, separated by semicolons. Port 0 takes a free one.</summary>
    [Required]
    public string Urls { get; set; } = "http://127.0.0.1:0";

    /// <summary>Where to answer <c>/status</c> and <c>/metrics</c>. Null: on port 9180 of this host, seen from nowhere else; a free port where one replica is
    /// given on the command line.</summary>
    public string? AdminUrls { get; set; }

    /// <summary>Time between two looks for a new revision, varied at random by a tenth.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Secret of those who may say that a repository has changed (see <see cref="CvmfsHintEndpoints"/>). Null: nobody may.</summary>
    [StringLength(1024, MinimumLength = CvmfsHintOptions.MinSecretLength)]
    public string? HintSecret { get; set; }

    /// <summary>Whether hints are taken at <see cref="Urls"/>, too, and not only at <see cref="AdminUrls"/>.</summary>
    public bool PublicHints { get; set; } = true;

    /// <summary>Folder of the reference's configuration, such as <c>/etc/cvmfs</c>: all of its replicas are taken over.</summary>
    public string? ConfigDir { get; set; }

    /// <summary>Replicas, by alias.</summary>
    public Dictionary<string, ReplicaEntry> Replicas { get; set; } = [];

    /// <summary>Location database for the geo API. Null: what <see cref="ConfigDir"/> says, or no geo API.</summary>
    public string? GeoDatabase { get; set; }

    [ValidateObjectMembers]
    public LimitOptions Limits { get; set; } = new();

    [ValidateObjectMembers]
    public MaintenanceOptions Maintenance { get; set; } = new();

    /// <summary>Take one snapshot, verify it, and end.</summary>
    public bool Once { get; set; }

    /// <summary>Demonstration: revisions to publish after the first before the program ends by itself. Null: no end.</summary>
    [Range(0, 1000)]
    public int? DemoRevisions { get; set; }

    /// <summary>Demonstration: time between two revisions.</summary>
    public TimeSpan DemoInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether replicas come from the configuration, and not one from the command line or the demonstration.</summary>
    public bool IsService => ConfigDir is not null || Replicas.Count > 0;

    public bool IsDemo => Upstream is null && !IsService;
}
