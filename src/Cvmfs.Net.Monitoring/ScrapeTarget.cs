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

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]:port</c> or an http or https URL.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static ScrapeTarget Parse(string text) => TryParse(text, out var target) ? target : throw new FormatException(
        $"\"{text}\" is no server: expected host, host:port, [v6]:port or an http or https URL, without a user, a query or a fragment.");

    /// <summary>As <see cref="Parse"/>, false instead of an exception.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ScrapeTarget? target)
    {
        target = null;
        string url = text?.Contains("://", StringComparison.Ordinal) == true ? text : $"http://{text}";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || !HostName.IsValid(parsed, url)) return false;
        try
        {
            target = new ScrapeTarget(parsed);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
