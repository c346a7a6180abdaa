namespace Cvmfs.Net.Replication.Configuration;

/// <summary>What a host's files say about its geo database. Immutable.</summary>
public sealed record GeoConfiguration
{
    internal GeoConfiguration(SettingReader settings)
    {
        const string LicenseKeyName = "CVMFS_GEO_LICENSE_KEY";
        string? file = settings.Text("CVMFS_GEO_DB_FILE");
        IsOff = file == "NONE";
        DatabaseFile = IsOff ? null : file;
        AccountId = settings.Text("CVMFS_GEO_ACCOUNT_ID");
        HasLicenseKey = settings.Find(LicenseKeyName) is not null;
        IsUpdated = settings.Is("CVMFS_GEO_AUTO_UPDATE", "true", byDefault: true);
        DownloadUrl = settings.Text("CVMFS_UPDATEGEO_URLBASE");
        DatabaseFolder = settings.Folder("CVMFS_UPDATEGEO_DIR") ?? "/var/lib/cvmfs-server/geo";
        DatabaseName = settings.Text("CVMFS_UPDATEGEO_DB") ?? "GeoLite2-City";
        UpdateDay = settings.Number("CVMFS_UPDATEGEO_DAY", 2, 0, 6);
        UpdateHour = settings.Number("CVMFS_UPDATEGEO_HOUR", 10, 0, 23);
        MinDays = settings.Number("CVMFS_UPDATEGEO_MINDAYS", 14, 0, 3650);
        MaxDays = settings.Number("CVMFS_UPDATEGEO_MAXDAYS", 28, 0, 3650);
        if (file is not null && !IsOff && file.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            settings.Notes.Add($"{settings.Find("CVMFS_GEO_DB_FILE")!.Origin}: CVMFS_GEO_DB_FILE={file} names a file; only NONE in capitals switches the database off.");
        }
    }

    /// <summary>Whether the host wants none: <c>CVMFS_GEO_DB_FILE=NONE</c>.</summary>
    public bool IsOff { get; }

    /// <summary>A database that somebody else keeps; null where the host downloads its own.</summary>
    public string? DatabaseFile { get; }

    /// <summary>Account for downloads; null for none.</summary>
    public string? AccountId { get; }

    /// <summary>Whether there is a licence key. The key itself stays in its file.</summary>
    public bool HasLicenseKey { get; }

    /// <summary>Whether the database is renewed by itself. Default true.</summary>
    public bool IsUpdated { get; }

    /// <summary>Where downloads come from; null for the reference's default.</summary>
    public string? DownloadUrl { get; }

    /// <summary>Folder of the downloaded database.</summary>
    public string DatabaseFolder { get; }

    /// <summary>Name of the downloaded database, without extension.</summary>
    public string DatabaseName { get; }

    /// <summary>Weekday of updates, 0 for Sunday. Default 2.</summary>
    public int UpdateDay { get; }

    /// <summary>Hour of updates. Default 10.</summary>
    public int UpdateHour { get; }

    /// <summary>Age in days from which an update may happen. Default 14.</summary>
    public int MinDays { get; }

    /// <summary>Age in days from which an update happens at any time. Default 28.</summary>
    public int MaxDays { get; }
}
