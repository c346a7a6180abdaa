using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring.Scraping;

namespace Cvmfs.Net.Monitoring;

/// <summary>A server to scrape.</summary>
public sealed record ScrapeTarget
{
    /// <summary>Names a server by base URL, up to and without <c>/cvmfs</c>.</summary>
    /// <exception cref="ArgumentException">The URL is not http or https, or has a user, a query or a fragment.</exception>
    public ScrapeTarget(Uri baseUrl)
    {
        ArgumentNullException.ThrowIfNull(baseUrl);
        if (!baseUrl.IsAbsoluteUri || baseUrl.Scheme is not ("http" or "https") || baseUrl.UserInfo.Length + baseUrl.Query.Length + baseUrl.Fragment.Length > 0)
        {
            throw new ArgumentException($"\"{baseUrl}\" is no server: expected http://host[:port][/path].", nameof(baseUrl));
        }

        BaseUrl = new Uri(baseUrl.AbsoluteUri.TrimEnd('/'));
    }

    /// <summary>Base URL without a trailing slash; repositories lie below <c>/cvmfs</c> of it.</summary>
    public Uri BaseUrl { get; }

    /// <summary>Name in reports and labels. Default: host, with the port where it is not the usual one.</summary>
    public string Name { get => field ?? BaseUrl.Authority; init; }

    /// <summary>What the server is expected to be.</summary>
    public ServerBackend Backend { get; init; } = ServerBackend.AutoDetect;

    /// <summary>Repositories that must be there, listed or not. Empty: the listed ones.</summary>
    public IReadOnlyList<RepositoryName> Repositories { get; init; } = [];

    /// <summary>Whether only <see cref="Repositories"/> are asked for, whatever else the server lists. Default: when any are given.</summary>
    public bool? OnlyThese { get; init; }

    /// <summary>Repositories that are not asked for although the server lists them; a limit by <see cref="OnlyThese"/> outranks it.</summary>
    public IReadOnlyList<RepositoryName> Ignored { get; init; } = [];

    /// <summary>What the server is said to be for; decides whether the geo API is asked and what it should list.</summary>
    public ServerRole Role { get; init; }

    /// <summary>Bytes of objects that may be fetched in one run; of the rest only the presence is told. Null for no limit but <see cref="ScraperOptions.MaxObjectBytes"/>.</summary>
    public long? ObjectBudget { get; init; }

    /// <summary>Label of metrics, such as <c>prod</c>; null for none.</summary>
    public string? Environment { get; init; }

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]:port</c> or an http or https URL.</summary>
    /// <exception cref="FormatException">The text is none of these; the message says why and where.</exception>
    public static ScrapeTarget Parse(string text) => TryParse(text, out var target) ? target : throw new FormatException($"\"{text}\" is no server: {Explain(text)}.");

    /// <summary>As <see cref="Parse"/>, false instead of an exception.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ScrapeTarget? target)
    {
        target = Explain(text) is null ? new ScrapeTarget(new Uri(UrlOf(text))) : null;
        return target is not null;
    }

    /// <summary>Why a text is no server, and where; null where it is one.</summary>
    public static string? Explain(string? text)
    {
        string url = UrlOf(text);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed)) return ExplainUnparsed(url);
        if (parsed.Scheme is not ("http" or "https")) return $"the scheme is {parsed.Scheme}, expected http or https";
        if (parsed.Query.Length > 0) return $"there is a query, {parsed.Query}";
        if (parsed.Fragment.Length > 0) return $"there is a fragment, {parsed.Fragment}";
        return HostName.FindFault(parsed, url);
    }

    /// <summary>The parser of URLs says only no; most of what it refuses is a host with an empty label or an odd port.</summary>
    private static string ExplainUnparsed(string url)
    {
        int empty = url.IndexOf("..", StringComparison.Ordinal);
        return empty >= 0
            ? $"a label is empty (at {empty + 1 - url.IndexOf("://", StringComparison.Ordinal) - 3} of the host)"
            : "expected host, host:port, [v6]:port or an http or https URL, with a port of 1 to 65535";
    }

    private static string UrlOf(string? text) => text?.Contains("://", StringComparison.Ordinal) == true ? text : $"http://{text}";
}
