using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Which servers have the objects of a repository besides the one that was named. Immutable.</summary>
internal sealed class RepositoryMap(ProxyUpstreamOptions options)
{
    private const string Template = "@fqrn@";

    private readonly Dictionary<string, string[]> _bases = options.Repositories.ToDictionary(
        static entry => entry.Key, static entry => entry.Value.ToArray(), StringComparer.Ordinal);

    /// <summary>Whether a text can stand in the map.</summary>
    public static bool IsBase(string text)
        => Uri.TryCreate(text.Replace(Template, "name", StringComparison.Ordinal), UriKind.Absolute, out var url)
            && url is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }
            && !HasTemplateInAuthority(text);

    /// <summary>The servers of a repository with the paths of the same file there.</summary>
    /// <param name="path">Path at the server that was named.</param>
    public IEnumerable<(Uri Server, string Path)> Find(string path)
    {
        // The name goes into URLs of servers that may be private; anything but a name would be the client's choice of where.
        if (_bases.Count == 0 || !TrySplit(path, out string repository, out string file) || !RepositoryName.TryParse(repository, out _)) yield break;
        foreach (string text in BasesOf(repository))
        {
            string url = text.Replace(Template, repository, StringComparison.Ordinal).TrimEnd('/');
            var server = new Uri(url);
            string folder = server.AbsolutePath.TrimEnd('/');
            yield return (server, (folder.Length == 0 ? "/cvmfs/" + repository : folder) + file);
        }
    }

    /// <summary>Cuts a path behind the repository's name.</summary>
    internal static bool TrySplit(string path, out string repository, out string file)
    {
        int cut = path.LastIndexOf("/" + ObjectPath.DataFolder + "/", StringComparison.Ordinal);
        if (cut < 0) cut = path.LastIndexOf("/.cvmfs", StringComparison.Ordinal);
        int start = cut <= 0 ? -1 : path.LastIndexOf('/', cut - 1);
        (repository, file) = start < 0 ? ("", "") : (path[(start + 1)..cut], path[cut..]);
        return repository.Length > 0;
    }

    /// <summary>A server must not be chosen by what a client writes.</summary>
    private static bool HasTemplateInAuthority(string text)
    {
        int authority = text.IndexOf("://", StringComparison.Ordinal) + 3;
        int path = text.IndexOf('/', authority);
        return (path < 0 ? text[authority..] : text[authority..path]).Contains(Template, StringComparison.Ordinal);
    }

    private string[] BasesOf(string repository)
    {
        if (_bases.TryGetValue(repository, out var bases)) return bases;
        for (int dot = repository.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = repository.IndexOf('.', dot + 1))
        {
            if (_bases.TryGetValue("*" + repository[dot..], out bases)) return bases;
        }

        return _bases.TryGetValue("*", out bases) ? bases : [];
    }
}
