using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Everything a monitor looks at, and how it judges: from a fleet file, a page's configuration, or a list of servers. Immutable.</summary>
public sealed record MonitoredFleet
{
    private static readonly string[] s_roles = ["stratum0", "sync", "bucket", "stratum1", "cdn"];

    /// <summary>The servers.</summary>
    public required IReadOnlyList<MonitoredServer> Servers { get; init; }

    /// <summary>Title, rules, limits and planned work; its servers are those of <see cref="Servers"/>, in that order.</summary>
    public required StatusPageConfiguration Configuration { get; init; }

    /// <summary>The fleet file; null where there is none.</summary>
    public FleetDescription? Fleet { get; init; }

    /// <summary>Keys that the fleet file has; none where it has none.</summary>
    public MasterKeys Keys { get; init; } = MasterKeys.None;

    /// <summary>Who is told of what; nobody by default.</summary>
    public IReadOnlyList<AlertRoute> Routes { get; init; } = [];

    /// <summary>Whether visitors see less than all of it.</summary>
    internal bool HasPrivateServers => Servers.Any(server => !server.IsPublic);

    /// <summary>From the configuration of a status page.</summary>
    public static MonitoredFleet Of(StatusPageConfiguration configuration, TimeSpan? interval = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var page = interval is { } own ? configuration with { Interval = own } : configuration;
        return new MonitoredFleet
        {
            Configuration = page,
            Servers = [.. page.ToTargets().Zip(page.Servers, (target, settings) => new MonitoredServer(target, settings, page.Interval))],
        };
    }

    /// <summary>From a list of servers; what each is for follows from its role, or it is taken for a Stratum 1.</summary>
    public static MonitoredFleet Of(IReadOnlyList<ScrapeTarget> targets, TimeSpan? interval = null, string title = "CernVM-FS")
    {
        ArgumentNullException.ThrowIfNull(targets);
        var pace = interval ?? TimeSpan.FromSeconds(120);
        MonitoredServer[] servers = [.. targets.Select(target => new MonitoredServer(
            target, new StatusPageServerSettings(target.Name, target.Role == ServerRole.Unknown ? ServerRole.Stratum1 : target.Role, target.Backend), pace))];
        return new MonitoredFleet
        {
            Servers = servers,
            Configuration = new StatusPageConfiguration
            {
                Title = title,
                Servers = [.. servers.Select(server => server.Page)],
                Repositories = [],
                IgnoredRepositories = [],
                Rules = StatusRuleSet.Defaults,
                Interval = pace,
            },
        };
    }

    /// <summary>From a fleet file: every server in use that serves repositories. Environments that do not publish are looked at all the same, out of visitors' sight.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="now">The instant that keys must be valid at.</param>
    /// <param name="interval">Time between looks; null for the fleet file's <c>monitoring.intervals.manifest</c>, or 2 min.</param>
    /// <exception cref="CvmfsFormatException">A key or rule of the file cannot be read.</exception>
    public static MonitoredFleet Of(FleetDescription fleet, DateTimeOffset now, TimeSpan? interval = null)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        var pace = interval ?? fleet.Monitoring?.Find("intervals")?.Duration("manifest") ?? TimeSpan.FromSeconds(120);
        string[] hidden = fleet.StatusPage?.Texts("hide") ?? [];
        FleetServer[] described = [.. FleetTargets.ServersOf(fleet).OrderBy(server => Array.IndexOf(s_roles, server.Role))];
        MonitoredServer[] servers = [.. described.Select(server => new MonitoredServer(
            FleetTargets.Of(fleet, server), new StatusPageServerSettings(FleetTargets.PageNameOf(server), FleetTargets.RoleOf(server), FleetTargets.BackendOf(server)), pace)
        {
            Tier = server.Tier,
            IsPublic = fleet.Environments.TryGetValue(server.Environment, out var environment) && environment.IsOnStatusPage
                && server.State == "active" && !hidden.Contains(server.Id) && server.Role is not ("cdn" or "bucket"),
        })];
        var pages = StatusPageOutput.Render(fleet).Where(file => file.Path.EndsWith(".json", StringComparison.Ordinal))
            .Select(file => StatusPageConfiguration.Parse(file.Content, file.Path)).ToList();
        var limits = pages.SelectMany(page => page.RepositoryLimits).GroupBy(limit => limit.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Value, StringComparer.Ordinal);
        return new MonitoredFleet
        {
            Fleet = fleet,
            Servers = servers,
            Keys = MasterKeys.FromPem(fleet.Keys.Values.Where(key => key.IsShippedAt(now) && key.Pem is not null).Select(key => key.Pem!)),
            Configuration = pages[0] with
            {
                Servers = [.. servers.Select(server => server.Page)],
                RepositoryLimits = limits,
                Maintenance = [.. FleetMaintenance.Of(fleet).Select(window => window.OnPage(described, fleet.Repositories.Keys)).OfType<MaintenanceWindow>()],
                Interval = pace,
                Source = default,
            },
        };
    }

    /// <summary>The same ways of asking, with the fleet's keys trusted besides those that are trusted anyhow.</summary>
    public ScraperOptions Trusting(ScraperOptions scraping)
    {
        ArgumentNullException.ThrowIfNull(scraping);
        return Keys.Count == 0 ? scraping : scraping with { Keys = scraping.Keys.Concat(Keys) };
    }

    /// <summary>The same with fewer servers.</summary>
    public MonitoredFleet Only(IReadOnlyList<MonitoredServer> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        return this with { Servers = servers, Configuration = Configuration with { Servers = [.. servers.Select(server => server.Page)] } };
    }

    /// <summary>What a prober asks to know whether it sees anything at all.</summary>
    internal IReadOnlyList<Uri> ControlTargetsOf(string? vantage)
    {
        if (vantage is null || Fleet?.Monitoring?.Find("vantages")?.Find(vantage) is not { } node) return [];
        return [.. node.Texts("control_targets").Select(text => Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}/", UriKind.Absolute, out var url) ? url : null).OfType<Uri>().Where(static url => url.Scheme is "http" or "https")];
    }

    /// <summary>A window as pages understand it: servers by the names that pages show.</summary>
    internal MaintenanceWindow Translate(MaintenanceWindow window)
        => window with { Servers = [.. window.Servers.Select(name => Servers.FirstOrDefault(server => server.Target.Name == name)?.Page.HostName ?? name)] };
}
