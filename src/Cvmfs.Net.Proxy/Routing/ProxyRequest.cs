using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>A request that the classifier understood, in a form that may be kept.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Host">Lower-case host name or address of the server that was named, without brackets or a trailing dot; empty in origin form.</param>
/// <param name="Port">The server's port; 0 in origin form.</param>
/// <param name="Path">Path as it was sent, byte for byte.</param>
/// <param name="Key">The object, for <see cref="RequestKind.Object"/>.</param>
internal sealed record ProxyRequest(RequestKind Kind, string Host, int Port, string Path, ObjectKey? Key)
{
    /// <summary>Name of the repository as far as the path tells; empty where there is none. A client's own text.</summary>
    public string Repository { get; init; } = "";

    /// <summary>Whether the request named its server in the request line, as to a forward proxy.</summary>
    public bool IsForward => Host.Length > 0;

    /// <summary>Whether it came from a proxy that shares its cache with this one, and must not be asked of such again.</summary>
    public bool IsFromSibling { get; init; }

    /// <summary>A request for another file of the same repository, where this one is for a file next to the manifest.</summary>
    /// <param name="name">Path below the repository.</param>
    public ProxyRequest Beside(string name) => RequestClassifier.Classify(Target[..(Target.LastIndexOf('/') + 1)] + name)!;

    /// <summary>Host and port for a URL.</summary>
    public string Authority => (Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host) + (Port is 80 or 0 ? "" : $":{Port}");

    /// <summary>Whether another request asks the same server for the same file: then its failure is this one's as well.</summary>
    public bool IsSameAs(ProxyRequest other)
        => Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase) && string.Equals(Path, other.Path, StringComparison.Ordinal);

    /// <summary>The target as a proxy is asked for it: the URL, or the path alone in origin form.</summary>
    public string Target => IsForward ? $"http://{Authority}{Path}" : Path;
}
