namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>URLs of repositories on servers, as configuration files write them.</summary>
internal static class ServerUrl
{
    /// <summary>One spelling for what means the same: the literal <c>@fqrn@</c> for the name, no usual port, no slash at the end.</summary>
    public static string Normalize(string url, string repository)
    {
        string domain = repository[(repository.IndexOf('.', StringComparison.Ordinal) + 1)..];
        string named = url.Trim().Replace($"@org@.{domain}", "@fqrn@", StringComparison.Ordinal).Replace("/" + repository, "/@fqrn@", StringComparison.Ordinal);
        return Uri.TryCreate(named, UriKind.Absolute, out var parsed) ? parsed.AbsoluteUri.TrimEnd('/') : named.TrimEnd('/');
    }

    /// <summary>What the file says of a URL that should not be where it was found.</summary>
    public static string Describe(FleetDescription fleet, string url, string repository)
    {
        var server = fleet.Servers.Values.FirstOrDefault(server => Normalize(server.ClientUrl, repository) == url);
        if (server is null && Uri.TryCreate(url, UriKind.Absolute, out var parsed)) server = fleet.Servers.Values.FirstOrDefault(server => server.Host == parsed.Host);
        if (server is null) return "which is no server of the file";
        if (!server.IsActive) return $"which is {server.Id}: {server.State}";
        if (Normalize(server.ClientUrl, repository) != url) return $"which is {server.Id} under another address than {Normalize(server.ClientUrl, repository)}";
        return server.IsPublic ? $"which is {server.Id} and not in that list of the file" : $"which is {server.Id}: not public";
    }
}
