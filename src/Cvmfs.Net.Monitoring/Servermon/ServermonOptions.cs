namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>How servermon's API answers.</summary>
public sealed record ServermonOptions
{
    /// <summary>Its configuration file, which need not exist; null for none. Looked at once a minute at most.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Servers by alias, besides <c>local</c>, which is this machine. The file may add to them.</summary>
    public IReadOnlyDictionary<string, Uri> Aliases { get; init; } = new Dictionary<string, Uri>();

    /// <summary>By repository, how old a snapshot may be before it is a warning, critical at three times that; instead of the limits for all. None by default.</summary>
    public IReadOnlyDictionary<string, TimeSpan> SnapshotAges { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Longest time for one request to the API; what is missing then is critical. Default 25 s.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How servers are asked; limits of number and time are servermon's own.</summary>
    public ScraperOptions Scraping { get; init; } = new();

    /// <summary>Told of what is wrong in the file; null for nobody.</summary>
    public Action<string>? Warn { get; init; }
}
