using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>What the target of a request line says, as views into the bytes that came: nothing is copied. Lives no longer than they do.</summary>
internal readonly ref struct RequestTarget
{
    public RequestTarget(RequestKind kind, Authority authority, ReadOnlySpan<byte> path, ObjectKey key, ReadOnlySpan<byte> repository)
    {
        (Kind, Port, Hash, Suffix) = (kind, authority.Port, key.Hash, key.Suffix);
        Authority = authority.Text;
        Host = authority.Host;
        Path = path;
        Repository = repository;
    }

    /// <summary>What is asked for.</summary>
    public RequestKind Kind { get; }

    /// <summary>Server and port as sent; empty in origin form.</summary>
    public ReadOnlySpan<byte> Authority { get; }

    /// <summary>Server alone, in the case it came in, without brackets, port or trailing dot; empty in origin form.</summary>
    public ReadOnlySpan<byte> Host { get; }

    /// <summary>The server's port; 0 in origin form.</summary>
    public int Port { get; }

    /// <summary>Path as sent, byte for byte, from its first slash to the end of the target.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>The object's hash, for <see cref="RequestKind.Object"/>.</summary>
    public ContentHash Hash { get; }

    /// <summary>The object's kind, for <see cref="RequestKind.Object"/>.</summary>
    public ObjectSuffix Suffix { get; }

    /// <summary>Name of the repository, as far as the path tells: the part before the repository's own files. Empty where there is none.
    /// A client's own text: who counts by it must bound the number of names.</summary>
    public ReadOnlySpan<byte> Repository { get; }

    /// <summary>Whether the request named its server in the request line, as to a forward proxy.</summary>
    public bool IsForward => Port != 0;

    /// <summary>Hash and kind together, for <see cref="RequestKind.Object"/>.</summary>
    public ObjectKey Key => new(Hash, Suffix);

    /// <summary>The same as an object that may be kept.</summary>
    public ProxyRequest ToRequest() => new(
        Kind,
        Routing.Authority.NormalHost(Host),
        Port,
        Encoding.ASCII.GetString(Path),
        Kind == RequestKind.Object ? Key : null)
    {
        Repository = Encoding.ASCII.GetString(Repository),
    };
}
