namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>A way to probe one target: what is asked of it, and what counts as success.</summary>
/// <param name="Name">Value of the parameter <c>module</c>.</param>
/// <param name="Narrow">Leaves out what the module is not about.</param>
/// <param name="IsSuccess">Whether the target is well in that respect.</param>
internal sealed record ProbeModule(string Name, Func<ScraperOptions, ScraperOptions> Narrow, Func<ServerReport, bool> IsSuccess)
{
    public const string Proxy = "proxy";
    public const string Objects = "objects";

    /// <summary>All of them; the first is that of requests which name none.</summary>
    public static IReadOnlyList<ProbeModule> All { get; } =
    [
        new("stratum", static options => options with { SamplesPerRepository = 0, Objects = ObjectProbing.Presence }, static report => !report.IsFailed && report.Repositories.Any(one => one.IsUp)),
        new("repository", Bare, AllUp),
        new(Objects, static options => Bare(options) with { SamplesPerRepository = Math.Max(1, options.SamplesPerRepository), Objects = ObjectProbing.Content }, static report => AllUp(report)
            && report.Repositories.SelectMany(repository => repository.Objects).All(one => one.Outcome is not (ObjectOutcome.Missing or ObjectOutcome.Corrupt))),
        new("geo", static options => Bare(options) with { GeoQueries = options.GeoQueries }, static report => report.Geo.Count > 0 && report.Geo.All(geo => geo.Error == ErrorClass.None && geo.IsRight != false)),
        new("tls", static options => Bare(options) with { ProbeNetwork = true }, static report => report is { Network.Tls: not null, Error: not (ErrorClass.TlsCertificate or ErrorClass.TlsHandshake) }),
        new("dns", static options => Bare(options) with { ProbeNetwork = true }, static report => report.Network?.Dns.Any(dns => dns.Addresses.Count > 0) == true),
        new("cdn", Bare, AllUp),
        new(Proxy, Bare, static report => report.Repositories.Any(one => one.IsUp)),
    ];

    private static ScraperOptions Bare(ScraperOptions options) => options with { SamplesPerRepository = 0, Objects = ObjectProbing.None, GeoQueries = [], ProbeNetwork = false };

    private static bool AllUp(ServerReport report) => report.Repositories.Any(one => one.IsExpected) && report.Repositories.All(one => one.IsUp || !one.IsExpected);
}
