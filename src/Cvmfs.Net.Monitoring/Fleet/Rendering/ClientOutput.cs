using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>What clients read: servers and keys of domains, proxies of sites, exceptions of repositories. All of it is sourced by a shell.</summary>
internal static class ClientOutput
{
    public static IEnumerable<RenderedFile> Render(FleetDescription fleet, DateTimeOffset now)
    {
        foreach (var domain in fleet.Domains.Values)
        {
            yield return RenderedFile.OfText($"client/domain.d/{domain.Name}.conf", Domain(fleet, domain));
            foreach (var key in domain.Keys.Select(id => fleet.Keys[id]).Where(key => key.Pem is not null && key.IsShippedAt(now)))
            {
                yield return RenderedFile.OfText($"client/keys/{domain.Name}/{key.Id}.pub", key.Pem!.ReplaceLineEndings("\n"));
            }
        }

        foreach (var site in fleet.Sites.Values) yield return RenderedFile.OfText($"client/sites/{site.Id}/default.local", Site(fleet, site));
        foreach (var repository in fleet.Repositories.Values.Where(repository => repository.ClientOptions.Count > 0))
        {
            yield return RenderedFile.OfText($"client/config.d/{repository.Name}.conf", RenderedFile.Header(fleet) + string.Concat(repository.ClientOptions.Select(option => option + "\n")));
        }
    }

    /// <summary>URLs of the servers in use, in the order that the file gives.</summary>
    public static IEnumerable<string> Urls(FleetDescription fleet, IEnumerable<string> order) => order.Select(id => fleet.Servers[id]).Where(server => server.IsActive).Select(server => server.ClientUrl);

    private static string Domain(FleetDescription fleet, FleetDomain domain)
    {
        string servers = Quote(string.Join(';', Urls(fleet, domain.ServerOrder)));
        var text = new StringBuilder(RenderedFile.Header(fleet));
        string[] cdn = [.. Urls(fleet, domain.CdnOrder)];
        if (cdn.Length > 0)
        {
            text.Append("if [ \"$CVMFS_USE_CDN\" = \"yes\" ]; then\n");
            text.Append(CultureInfo.InvariantCulture, $"  CVMFS_SERVER_URL={Quote(string.Join(';', cdn))}\n  CVMFS_USE_GEOAPI=no\nelse\n");
            text.Append(CultureInfo.InvariantCulture, $"  CVMFS_SERVER_URL={servers}\n  CVMFS_USE_GEOAPI={(domain.UsesGeoApi ? "yes" : "no")}\nfi\n");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"CVMFS_SERVER_URL={servers}\nCVMFS_USE_GEOAPI={(domain.UsesGeoApi ? "yes" : "no")}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"CVMFS_KEYS_DIR=/etc/cvmfs/keys/{domain.Name}\n");
        if (domain.Timeout is { } timeout) text.Append(CultureInfo.InvariantCulture, $"CVMFS_TIMEOUT={timeout}\n");
        if (domain.TimeoutDirect is { } direct) text.Append(CultureInfo.InvariantCulture, $"CVMFS_TIMEOUT_DIRECT={direct}\n");
        if (domain.MaxTtl is { } ttl) text.Append(CultureInfo.InvariantCulture, $"CVMFS_MAX_TTL={ttl}\n");
        return text.ToString();
    }

    private static string Site(FleetDescription fleet, FleetSite site)
    {
        var text = new StringBuilder(RenderedFile.Header(fleet));
        var repositories = site.Repositories.Count > 0 ? site.Repositories : [.. fleet.Repositories.Keys];
        text.Append(CultureInfo.InvariantCulture, $"CVMFS_REPOSITORIES={Quote(string.Join(',', repositories))}\n");
        // A pipe shares the load within a group; a semicolon begins the next group, which is asked when the one before is away.
        string group = string.Join('|', site.Proxies.Select(id => fleet.Proxies[id].Url));
        text.Append(CultureInfo.InvariantCulture, $"CVMFS_HTTP_PROXY={Quote(group.Length > 0 ? group + ";DIRECT" : "DIRECT")}\n");
        if (site.FallbackProxies.Count > 0) text.Append(CultureInfo.InvariantCulture, $"CVMFS_FALLBACK_PROXY={Quote(string.Join(';', site.FallbackProxies.Select(id => fleet.Proxies[id].Url)))}\n");
        if (site.QuotaMegabytes is { } quota) text.Append(CultureInfo.InvariantCulture, $"CVMFS_QUOTA_LIMIT={quota}\n");
        if (site.CacheBase is { } cache) text.Append(CultureInfo.InvariantCulture, $"CVMFS_CACHE_BASE={Quote(cache)}\n");
        return text.ToString();
    }

    /// <summary>Double quotes, with everything escaped that a shell would read inside them.</summary>
    private static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            if (c is '"' or '\\' or '$' or '`') text.Append('\\');
            text.Append(c is '\n' or '\r' ? ' ' : c);
        }

        return text.Append('"').ToString();
    }
}
