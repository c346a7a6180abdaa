using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>How a host keeps its location database new. The defaults are the reference's.</summary>
public sealed class GeoUpdateOptions
{
    /// <summary>The word in place of a file that turns the database off.</summary>
    public const string Off = "NONE";

    /// <summary>Folder of the database.</summary>
    [Required]
    public string Folder { get; set; } = "/var/lib/cvmfs-server/geo";

    /// <summary>Name of the database at its publisher, and of its file without <c>.mmdb</c>.</summary>
    [Required]
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]*")]
    public string DatabaseName { get; set; } = "GeoLite2-City";

    /// <summary>A database that somebody else keeps new, which is then linked to; <see cref="Off"/> for none at all; null to fetch one.</summary>
    public string? DatabaseFile { get; set; }

    /// <summary>Where distributions put a database. Linked to if there is one, and neither <see cref="DatabaseFile"/> nor <see cref="LicenseKey"/> is set.</summary>
    public string? SystemDatabaseFile { get; set; } = "/usr/share/GeoIP/GeoLite2-City.mmdb";

    /// <summary>Account at the publisher; needed to fetch.</summary>
    public string? AccountId { get; set; }

    /// <summary>Key of that account; needed to fetch. Is sent to <see cref="Source"/> only, and never logged.</summary>
    public string? LicenseKey { get; set; }

    /// <summary>Where databases are: <c>&lt;source&gt;/&lt;name&gt;/download?suffix=tar.gz</c>. HTTPS, since the key is sent along; plain HTTP only to this host.</summary>
    [Required]
    public Uri Source { get; set; } = new("https://download.maxmind.com/geoip/databases");

    /// <summary>Day of the week for updates that may wait, local time, 1 for Monday to 7 for Sunday; 0 is Sunday too. Default 2, when the publisher has new ones.</summary>
    [Range(0, 7)]
    public int UpdateDay { get; set; } = 2;

    /// <summary>Hour from which updates that may wait are made on that day, local time. Default 10.</summary>
    [Range(0, 23)]
    public int UpdateHour { get; set; } = 10;

    /// <summary>Days up to which a database counts as new. Default 14.</summary>
    [Range(0, 3650)]
    public int MinDays { get; set; } = 14;

    /// <summary>Days after which an update waits for no day of the week. Default 28: the licence asks for no more than 30.</summary>
    [Range(0, 3650)]
    public int MaxDays { get; set; } = 28;

    /// <summary>Longest time for a download. Default 60 s.</summary>
    [TimeSpanRange("00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Folder <c>info/v1</c> whose <c>repositories.json</c> then says the database's date; null to leave that to somebody else.</summary>
    public string? InfoFolder { get; set; }
}

/// <summary>Refuses options that cannot work, before the first update.</summary>
[OptionsValidator]
public sealed partial class GeoUpdateOptionsValidator : IValidateOptions<GeoUpdateOptions>;
