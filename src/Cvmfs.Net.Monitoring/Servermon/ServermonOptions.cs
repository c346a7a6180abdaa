using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>How servermon's API answers.</summary>
public sealed record ServermonOptions
{
    /// <summary>Its configuration file, which need not exist; null for none. Looked at once a minute at most.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>What a fleet gives to aliases, limits and keys, asked at each request, so that a fleet that was read anew counts at once. Default: nothing.</summary>
    public Func<ServermonFleet> Fleet { get; init; } = static () => ServermonFleet.None;

    /// <summary>What a monitor saw last, for <c>sync</c>: without it, or while it is null, there is nothing to compare with and no result.</summary>
    public Func<FleetView?> View { get; init; } = static () => null;

    /// <summary>Folder of this machine whose volume <c>storage</c> looks at when the alias is <c>local</c>; null for none, and no result.</summary>
    public string? StorageFolder { get; init; }

    /// <summary>Longest time for one request to the API; what is missing then is critical. Default 25 s.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How servers are asked; limits of number and time are servermon's own.</summary>
    public ScraperOptions Scraping { get; init; } = new();

    /// <summary>Told of what is wrong in the file; null for nobody.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Free and all bytes of the volume of a folder. For tests.</summary>
    internal Func<string, (long Free, long Size)> Volume { get; init; } = static folder =>
    {
        var drive = new DriveInfo(folder);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    };
}
