using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>What a status page shows and how it judges. Immutable; read from the <c>config.json</c> of the EESSI status page, which it extends.</summary>
public sealed record StatusPageConfiguration
{
    /// <summary>Title and heading.</summary>
    public required string Title { get; init; }

    /// <summary>Level of logs; null where it is not said.</summary>
    public string? LoggingLevel { get; init; }

    /// <summary>Whom visitors can ask; empty for nobody.</summary>
    public string ContactEmail { get; init; } = "";

    /// <summary>Where the footer leads; empty for nowhere.</summary>
    public string RepositoryUrl { get; init; } = "";

    /// <summary>What that link is called.</summary>
    public string RepositoryUrlText { get; init; } = "";

    /// <summary>Servers in the order of the page.</summary>
    public required IReadOnlyList<StatusPageServerSettings> Servers { get; init; }

    /// <summary>Repositories that every server is asked for, listed or not.</summary>
    public IReadOnlyList<RepositoryName> Repositories { get; init; } = [];

    /// <summary>Whether only <see cref="Repositories"/> are asked for.</summary>
    public bool LimitsScrapingToRepositories { get; init; }

    /// <summary>Repositories that are passed over.</summary>
    public IReadOnlyList<RepositoryName> IgnoredRepositories { get; init; } = [];

    /// <summary>Rule sets; the first of an id counts.</summary>
    public IReadOnlyList<StatusRuleSet> Rules { get; init; } = StatusRuleSet.Defaults;

    /// <summary>What makes a replica out of sync. Default: <see cref="SyncPolicy.Lag"/>.</summary>
    public SyncPolicy SyncPolicy { get; init; } = SyncPolicy.Lag;

    /// <summary>Limits of <see cref="SyncPolicy.Lag"/>.</summary>
    public SyncLimits Limits { get; init; } = new();

    /// <summary>Limits of single repositories, by name.</summary>
    public IReadOnlyDictionary<string, SyncLimits> RepositoryLimits { get; init; } = new Dictionary<string, SyncLimits>();

    /// <summary>Whether a change is published only when two results one after the other say the same. Default true; never with <see cref="SyncPolicy.EessiDistance"/>.</summary>
    public bool DampsFlaps { get; init; } = true;

    /// <summary>Planned work.</summary>
    public IReadOnlyList<MaintenanceWindow> Maintenance { get; init; } = [];

    /// <summary>Other descriptions of statuses than those of <see cref="ServiceStatusNames.Description"/>.</summary>
    public IReadOnlyDictionary<ServiceStatus, string> Texts { get; init; } = new Dictionary<ServiceStatus, string>();

    /// <summary>Time between two runs, from which the page knows that it is old. Default 120 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Days of history that are kept; 0 for none. Default 90.</summary>
    public int HistoryDays { get; init; } = 90;

    /// <summary>The document that it was read from, for publishing; empty where there was none.</summary>
    public ReadOnlyMemory<byte> Source { get; init; }

    /// <summary>Reads <c>config.json</c>. Keys that are not known are ignored.</summary>
    /// <param name="json">The document, UTF-8.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CvmfsFormatException">No JSON, something necessary is missing, or a value is none that it may be; the message names the key.</exception>
    public static StatusPageConfiguration Parse(ReadOnlyMemory<byte> json, string file = "config.json") => new StatusPageConfigurationReader(file).Read(json);

    /// <summary>What to scrape, in the order of <see cref="Servers"/>.</summary>
    public IReadOnlyList<ScrapeTarget> ToTargets()
        => [.. Servers.Select(server => ScrapeTarget.Parse(server.HostName) with
        {
            Name = server.HostName,
            Role = server.Role,
            Backend = server.Backend,
            Repositories = [.. Repositories.Except(LimitsScrapingToRepositories ? [] : IgnoredRepositories)],
            Ignored = IgnoredRepositories,
            OnlyThese = LimitsScrapingToRepositories || server.Backend == ServerBackend.S3,
        })];

    /// <summary>Limits that hold for a repository.</summary>
    public SyncLimits LimitsOf(RepositoryName repository) => RepositoryLimits.GetValueOrDefault(repository.ToString(), Limits);

    /// <summary>A status' sentence.</summary>
    public string DescriptionOf(ServiceStatus status) => Texts.TryGetValue(status, out string? text) ? text : status.Description();

    /// <summary>The rule set of an id.</summary>
    internal StatusRuleSet Rule(string id) => Rules.First(rule => rule.Id == id);
}
