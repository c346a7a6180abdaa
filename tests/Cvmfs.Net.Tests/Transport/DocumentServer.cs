using System.Collections.Concurrent;
using System.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Tests.Trust;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

/// <summary>A server that holds the documents of one set, and remembers what it was asked for.</summary>
internal sealed class DocumentServer(string origin) : IRepositorySource
{
    private readonly ConcurrentQueue<string> _requests = [];
    private readonly ConcurrentDictionary<string, int> _breaks = [];

    public DocumentServer(string origin, SignedSet set) : this(origin)
    {
        Files[RootFileNames.Manifest] = set.ManifestBytes;
        Files[RootFileNames.Whitelist] = set.WhitelistBytes;
        if (set.Pkcs7 is { } envelope) Files[RootFileNames.Pkcs7Whitelist] = envelope;
        Files[ObjectPath.Of(new ObjectKey(set.Fields.Certificate, ObjectSuffix.Certificate))] = set.CertificateObject;
    }

    public string Origin { get; } = origin;

    /// <summary>By root file name or object path.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = [];

    /// <summary>What caches answer with instead, until they are bypassed.</summary>
    public ConcurrentDictionary<string, byte[]> Cached { get; } = [];

    public bool IsDead { get; set; }

    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Makes the next bodies of a file break off half-way.</summary>
    public void Break(string name, int times) => _breaks[name] = times;

    public ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => Open(ObjectPath.Of(key), mode);

    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => Open(name, mode);

    public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default) => ValueTask.FromResult(Files.ContainsKey(name));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<SourceBody?> Open(string name, FetchMode mode)
    {
        _requests.Enqueue(mode == FetchMode.Normal ? name : name + " past caches");
        if (IsDead) throw new CvmfsTransportException(Origin, "connection refused", isTransient: true, HttpStatusCode.BadGateway);
        if (!Files.TryGetValue(name, out byte[]? content)) return ValueTask.FromResult<SourceBody?>(null);
        if (mode == FetchMode.Normal && Cached.TryGetValue(name, out byte[]? cached)) content = cached;
        string at = $"{Origin}/{name}";
        bool breaks = _breaks.TryGetValue(name, out int left) && left > 0;
        if (breaks) _breaks[name] = left - 1;
        return ValueTask.FromResult<SourceBody?>(new SourceBody(breaks ? new BreakingStream(content, at) : new MemoryStream(content), content.Length, at));
    }

    private sealed class BreakingStream(byte[] content, string at) : MemoryStream(content[..(content.Length / 2)])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new CvmfsTransportException(at, "connection reset", isTransient: true);
    }
}
