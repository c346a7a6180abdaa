using System.Text;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Testing.Synthetic;

/// <summary>A Stratum 0 of any size that needs no disk: rightly signed, with real catalogs, every byte made on demand and the same each time.</summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class SyntheticUpstream : IRepositorySource
{
    /// <summary>Files in one catalog, unless said otherwise.</summary>
    public const int DefaultFilesPerCatalog = 5000;

    private readonly ISyntheticContent _content;
    private readonly TestKeys _keys;
    private readonly ObjectKey _certificate;
    private readonly byte[] _certificateObject;
    private readonly byte[] _whitelist;
    private readonly byte[] _manifest;
    private readonly Action? _asked;
    private long _requests;

    private SyntheticUpstream(ISyntheticContent content, int revision, TestKeys? keys, Action? asked)
    {
        Name = RepositoryName.Parse("synthetic.example.org");
        (_content, _keys, _asked) = (content, keys ?? TestKeys.For(Name), asked);
        _certificateObject = ZlibCodec.Compress(Encoding.ASCII.GetBytes(_keys.Publisher.CertificatePem));
        _certificate = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, _certificateObject), ObjectSuffix.Certificate);
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        lock (_keys.MasterKey) _whitelist = WhitelistWriter.Write(Name, now, now.AddYears(20), [_keys.Publisher.Fingerprint()], _keys.MasterKey);
        var fields = new ManifestFields
        {
            RepositoryName = Name,
            RootCatalog = content.RootOf(revision),
            RootCatalogSize = (ulong)content.RootBytes,
            Revision = (ulong)revision,
            Certificate = _certificate.Hash,
            PublishedAt = (ulong)(now.ToUnixTimeSeconds() + revision),
        };
        lock (_keys.CertificateKey) _manifest = ManifestSigner.Sign(fields, _keys.CertificateKey);
        Revision = revision;
    }

    /// <summary>The repository.</summary>
    public RepositoryName Name { get; }

    /// <summary>What a replica must trust.</summary>
    public MasterKeys TrustedKeys => _keys.Publisher.TrustedKeys;

    /// <summary>The public master key, PEM.</summary>
    public string PublicKeyPem => _keys.Publisher.MasterPublicKeyPem;

    /// <summary>The revision that is published.</summary>
    public int Revision { get; }

    /// <summary>Requests so far.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <inheritdoc/>
    public string Origin => "synthetic";

    /// <summary>One revision with so many objects of 32 to 200 bytes, in nested catalogs of two levels.</summary>
    /// <param name="objects">How many; four to eight bytes of memory each.</param>
    /// <param name="filesPerCatalog">Files in each catalog of the lower level.</param>
    /// <param name="seed">Another seed makes other objects.</param>
    /// <param name="asked">Told of every request, before it is answered.</param>
    public static SyntheticUpstream OfTree(int objects, int filesPerCatalog = DefaultFilesPerCatalog, int seed = 1, Action? asked = null)
        => new(new SyntheticTree(objects, filesPerCatalog, seed), revision: 1, null, asked);

    /// <summary>So many revisions of nothing but a root, of which the last one is published.</summary>
    /// <param name="revisions">How many; some hundred bytes of memory each.</param>
    /// <param name="asked">Told of every request, before it is answered.</param>
    public static SyntheticUpstream OfHistory(int revisions, Action? asked = null) => new(new SyntheticHistory(revisions), revisions, null, asked);

    /// <summary>The same upstream at an earlier time.</summary>
    public SyntheticUpstream At(int revision) => new(_content, revision, _keys, _asked);

    /// <summary>Root catalog of a revision.</summary>
    public ContentHash RootOf(int revision) => _content.RootOf(revision);

    /// <summary>What the upstream has at a path below the repository's URL; null for nothing.</summary>
    public byte[]? Read(string path)
        => ObjectPath.TryParse(path, out var key) ? Read(key) : path switch
        {
            RootFileNames.Manifest => _manifest,
            RootFileNames.Whitelist => _whitelist,
            RootFileNames.MasterReplica => [],
            _ => null,
        };

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => Answer(Read(key), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => Answer(Read(name), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(name) is not null);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private byte[]? Read(ObjectKey key) => key == _certificate ? _certificateObject : _content.Read(key);

    private ValueTask<SourceBody?> Answer(byte[]? content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _requests);
        _asked?.Invoke();
        return ValueTask.FromResult(content is null ? null : new SourceBody(new MemoryStream(content, writable: false), content.Length, Origin));
    }
}
