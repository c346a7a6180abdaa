using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Testing;

/// <summary>A repository that a <see cref="RepositoryBuilder"/> made, in a folder that goes with it. Can be broken in any one place.</summary>
public sealed class BuiltRepository : IDisposable
{
    private readonly TempFolder _folder;

    internal BuiltRepository(
        TempFolder folder, string path, RepositoryName name, TestKeys keys, FakeClock clock, IReadOnlyList<byte[]> manifests)
    {
        _folder = folder;
        Path = path;
        Name = name;
        Keys = keys;
        Clock = clock;
        Manifests = manifests;
        Store = new FileObjectStore(path);
        Root = new RootFolder(path);
    }

    /// <summary>Absolute path of the repository's folder: what a web server would serve as <c>/cvmfs/&lt;name&gt;</c>.</summary>
    public string Path { get; }

    /// <summary>The folder above, which holds nothing else: the root of a server.</summary>
    public string ServerRoot => _folder.Path;

    /// <summary>The repository's name.</summary>
    public RepositoryName Name { get; }

    /// <summary>All keys, private ones included.</summary>
    public TestKeys Keys { get; }

    /// <summary>What a reader must trust.</summary>
    public MasterKeys TrustedKeys => Keys.Publisher.TrustedKeys;

    /// <summary>The clock that it was published with.</summary>
    public FakeClock Clock { get; }

    /// <summary>Signed manifests by revision, the empty revision 0 first.</summary>
    public IReadOnlyList<byte[]> Manifests { get; }

    /// <summary>Its objects.</summary>
    public FileObjectStore Store { get; }

    /// <summary>Its root files.</summary>
    public RootFolder Root { get; }

    /// <summary>What is published now.</summary>
    public Manifest Manifest => Manifest.Parse(File.ReadAllBytes(RootFile(RootFileNames.Manifest)));

    /// <summary>The whole chain of trust of what is published now, at the publisher's time.</summary>
    public VerifiedManifest Verify() => new ManifestVerifier(TrustedKeys, timeProvider: Clock).Verify(
        Name,
        File.ReadAllBytes(RootFile(RootFileNames.Manifest)),
        File.ReadAllBytes(Store.PathOf(Manifest.CertificateKey!.Value)),
        File.ReadAllBytes(RootFile(RootFileNames.Whitelist)));

    /// <summary>Absolute path of a root file.</summary>
    public string RootFile(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Content of a catalog, decompressed.</summary>
    public byte[] ReadCatalog(ContentHash hash)
        => ObjectCompression.Decompress(File.ReadAllBytes(Store.PathOf(new ObjectKey(hash, ObjectSuffix.Catalog))), CompressionId.Zlib, DecodingLimits.None);

    /// <summary>Opens the catalog that holds the content of a path; the caller disposes it.</summary>
    public Catalog OpenCatalog(string path = "/", ContentHash? root = null)
    {
        var wanted = RepositoryPath.Parse(path);
        var catalog = Catalog.Open(ReadCatalog(root ?? Manifest.RootCatalog));
        while (catalog.FindNested(wanted) is { IsBind: false } nested)
        {
            catalog.Dispose();
            catalog = Catalog.Open(ReadCatalog(nested.Hash), nested.Mountpoint);
        }

        return catalog;
    }

    /// <summary>The object of a file, or of its first chunk.</summary>
    public ObjectKey KeyOf(string path)
    {
        var parsed = RepositoryPath.Parse(path);
        using var catalog = OpenCatalog(path);
        var entry = catalog.Find(parsed) ?? throw new ArgumentException($"There is no {path}.", nameof(path));
        return entry.IsChunked ? new ObjectKey(catalog.Chunks(parsed)[0].Hash, ObjectSuffix.Partial) : new ObjectKey(entry.Hash);
    }

    /// <summary>Changes one byte of an object in place.</summary>
    /// <param name="key">The object.</param>
    /// <param name="offset">Which byte; negative counts from the end.</param>
    public BuiltRepository FlipByte(ObjectKey key, int offset = -1)
    {
        string path = Store.PathOf(key);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[offset < 0 ? bytes.Length + offset : offset] ^= 0x20;
        File.WriteAllBytes(path, bytes);
        return this;
    }

    /// <summary>Cuts an object short.</summary>
    public BuiltRepository Truncate(ObjectKey key, int bytes = 1)
    {
        using var file = File.OpenWrite(Store.PathOf(key));
        file.SetLength(Math.Max(0, file.Length - bytes));
        return this;
    }

    /// <summary>Removes an object.</summary>
    public BuiltRepository Remove(ObjectKey key)
    {
        File.Delete(Store.PathOf(key));
        return this;
    }

    /// <summary>Puts an earlier manifest back in place.</summary>
    public BuiltRepository RollBackTo(int revision)
    {
        File.WriteAllBytes(RootFile(RootFileNames.Manifest), Manifests[revision]);
        return this;
    }

    /// <summary>Signs a changed manifest with the right key.</summary>
    public BuiltRepository ResignManifest(Func<ManifestFields, ManifestFields> change)
    {
        var fields = change(ManifestFields.From(Manifest));
        lock (Keys.CertificateKey) File.WriteAllBytes(RootFile(RootFileNames.Manifest), ManifestSigner.Sign(fields, Keys.CertificateKey));
        return this;
    }

    /// <summary>Signs another whitelist.</summary>
    /// <param name="expires">End of validity; null for in ten years.</param>
    /// <param name="signer">Whose master key signs; null for the right one.</param>
    /// <param name="listed">Whose certificate is listed; null for the right one.</param>
    /// <param name="name">For which repository; null for the right one.</param>
    public BuiltRepository ResignWhitelist(DateTimeOffset? expires = null, TestKeys? signer = null, TestKeys? listed = null, string? name = null)
    {
        var now = Clock.GetUtcNow();
        var key = (signer ?? Keys).MasterKey;
        lock (key)
        {
            File.WriteAllBytes(
                RootFile(RootFileNames.Whitelist),
                WhitelistWriter.Write(
                    name is null ? Name : RepositoryName.Parse(name), now, expires ?? now.AddYears(10), [(listed ?? Keys).Publisher.Fingerprint()], key));
        }

        return this;
    }

    /// <summary>Changes the root catalog's database, stores the result and signs a manifest for it: everything verifies, only the content is odd.</summary>
    public BuiltRepository EditRootCatalog(params ReadOnlySpan<string> statements)
    {
        var manifest = Manifest;
        using var file = SqliteFile.OpenWritable(ReadCatalog(manifest.RootCatalog), "root catalog");
        foreach (string statement in statements) file.Execute(statement);
        byte[] image = file.ToArray();
        byte[] stored = ZlibCodec.Compress(image);
        var hash = ContentHash.Compute(manifest.RootCatalog.Algorithm, stored);
        string path = Store.PathOf(new ObjectKey(hash, ObjectSuffix.Catalog));
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, stored);
        return ResignManifest(fields => fields with { RootCatalog = hash, RootCatalogSize = (ulong)image.Length });
    }

    /// <summary>Changes a catalog's database, and in all catalogs above what they say of it: everything verifies, the reflog included, only the content is odd.</summary>
    /// <param name="mountpoint">Mountpoint of the catalog.</param>
    /// <param name="statements">The changes.</param>
    public BuiltRepository EditCatalog(string mountpoint, params ReadOnlySpan<string> statements)
    {
        var manifest = Manifest;
        var wanted = RepositoryPath.Parse(mountpoint);
        var chain = new List<(RepositoryPath Mountpoint, byte[] Image)>();
        var at = (Mountpoint: RepositoryPath.Root, Hash: manifest.RootCatalog);
        while (true)
        {
            byte[] bytes = ReadCatalog(at.Hash);
            chain.Add((at.Mountpoint, bytes));
            using var catalog = Catalog.Open(bytes, at.Mountpoint);
            if (at.Mountpoint == wanted) break;
            var nested = catalog.FindNested(wanted) ?? throw new ArgumentException($"There is no catalog at {mountpoint}.", nameof(mountpoint));
            at = (nested.Mountpoint, nested.Hash);
        }

        byte[] image = Edit(chain[^1].Image, statements);
        var hash = StoreMetadata(image, ObjectSuffix.Catalog);
        for (int i = chain.Count - 2; i >= 0; i--)
        {
            string nested = chain[i + 1].Mountpoint.ToString();
            image = Edit(chain[i].Image, [$"UPDATE nested_catalogs SET sha1 = '{hash}', size = {image.Length} WHERE path = '{nested}'"]);
            hash = StoreMetadata(image, ObjectSuffix.Catalog);
        }

        EditReflog(log => log.Add(hash, ReflogKind.RootCatalog, Clock.GetUtcNow()));
        return ResignManifest(fields => fields with { RootCatalog = hash, RootCatalogSize = (ulong)image.Length });

        static byte[] Edit(byte[] image, ReadOnlySpan<string> statements)
        {
            using var file = SqliteFile.OpenWritable(image, "catalog");
            foreach (string statement in statements) file.Execute(statement);
            return file.ToArray();
        }
    }

    /// <summary>Changes the database of tags; everything verifies.</summary>
    public BuiltRepository EditHistory(params ReadOnlySpan<string> statements)
    {
        byte[] stored = File.ReadAllBytes(Store.PathOf(Manifest.HistoryKey!.Value));
        using var file = SqliteFile.OpenWritable(ObjectCompression.Decompress(stored, CompressionId.Zlib, DecodingLimits.None), "history");
        foreach (string statement in statements) file.Execute(statement);
        var hash = StoreMetadata(file.ToArray(), ObjectSuffix.History);
        EditReflog(log => log.Add(hash, ReflogKind.History, Clock.GetUtcNow()));
        return ResignManifest(fields => fields with { History = hash });
    }

    /// <summary>Changes the reflog, and the checksum that the manifest has of it.</summary>
    public BuiltRepository EditReflog(Action<Reflog> change)
    {
        using var log = Reflog.Open(File.ReadAllBytes(RootFile(RootFileNames.Reflog)));
        change(log);
        byte[] image = log.ToArray();
        File.WriteAllBytes(RootFile(RootFileNames.Reflog), image);
        return ResignManifest(fields => fields with { Reflog = Reflog.ComputeChecksum(fields.RootCatalog.Algorithm, image) });
    }

    private ContentHash StoreMetadata(byte[] content, ObjectSuffix suffix)
    {
        byte[] stored = ZlibCodec.Compress(content);
        var key = new ObjectKey(ContentHash.Compute(Manifest.RootCatalog.Algorithm, stored), suffix);
        string path = Store.PathOf(key);
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, stored);
        return key.Hash;
    }

    /// <summary>Publishes revisions that differ from the last one in their number and predecessor alone, some thousand a second; the last one is signed.</summary>
    /// <returns>Their root catalogs, oldest first.</returns>
    public IReadOnlyList<ObjectKey> AddRevisions(int count)
    {
        var manifest = Manifest;
        var roots = new List<ObjectKey> { manifest.RootCatalogKey };
        using var file = SqliteFile.OpenWritable(ReadCatalog(manifest.RootCatalog), "root catalog");
        long size = 0;
        for (int i = 1; i <= count; i++)
        {
            file.Execute($"INSERT OR REPLACE INTO properties (key, value) VALUES ('revision', '{manifest.Revision + (ulong)i}'), ('previous_revision', '{roots[^1].Hash}')");
            byte[] image = file.ToArray();
            byte[] stored = ZlibCodec.Compress(image);
            var key = new ObjectKey(ContentHash.Compute(manifest.RootCatalog.Algorithm, stored), ObjectSuffix.Catalog);
            string path = Store.PathOf(key);
            System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, stored);
            roots.Add(key);
            size = image.Length;
        }

        ResignManifest(fields => fields with { RootCatalog = roots[^1].Hash, RootCatalogSize = (ulong)size, Revision = manifest.Revision + (ulong)count });
        return roots[1..];
    }

    /// <summary>Breaks one thing by name; what is needed for it, such as a file, must be in the tree.</summary>
    public BuiltRepository Break(RepositoryFault fault)
    {
        switch (fault)
        {
            case RepositoryFault.ExpiredWhitelist: return ResignWhitelist(expires: Clock.GetUtcNow().AddDays(-1));
            case RepositoryFault.WhitelistOfStranger: return ResignWhitelist(signer: TestKeys.Stranger);
            case RepositoryFault.CertificateNotListed: return ResignWhitelist(listed: TestKeys.Stranger);
            case RepositoryFault.WhitelistForOtherName: return ResignWhitelist(name: "other.example.org");
            case RepositoryFault.ManifestForOtherName:
                return ResignManifest(static fields => fields with { RepositoryName = RepositoryName.Parse("other.example.org") });
            case RepositoryFault.ManifestOfStranger:
                lock (TestKeys.Stranger.CertificateKey)
                {
                    File.WriteAllBytes(
                        RootFile(RootFileNames.Manifest), ManifestSigner.Sign(ManifestFields.From(Manifest), TestKeys.Stranger.CertificateKey));
                }

                return this;
            case RepositoryFault.ManifestChangedAfterSigning:
                byte[] manifest = File.ReadAllBytes(RootFile(RootFileNames.Manifest));
                manifest[manifest.AsSpan().IndexOf("\nS"u8) + 2] = (byte)'9';
                File.WriteAllBytes(RootFile(RootFileNames.Manifest), manifest);
                return this;
            case RepositoryFault.OlderRevision: return RollBackTo(Manifests.Count - 2);
            case RepositoryFault.DamagedRootCatalog: return FlipByte(Manifest.RootCatalogKey);
            case RepositoryFault.MissingRootCatalog: return Remove(Manifest.RootCatalogKey);
            case RepositoryFault.DamagedHistory: return FlipByte(Manifest.HistoryKey!.Value);
            case RepositoryFault.MissingHistory: return Remove(Manifest.HistoryKey!.Value);
            case RepositoryFault.MissingCertificate: return Remove(Manifest.CertificateKey!.Value);
            case RepositoryFault.WrongStatistics: return EditRootCatalog("UPDATE statistics SET value = value + 1 WHERE counter = 'self_regular'");
            default: throw new ArgumentOutOfRangeException(nameof(fault), fault, "There is no such fault.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}

/// <summary>One thing that is wrong with a repository.</summary>
public enum RepositoryFault
{
    /// <summary>The whitelist ended a day ago, by the builder's clock.</summary>
    ExpiredWhitelist,

    /// <summary>An unknown master key signed the whitelist.</summary>
    WhitelistOfStranger,

    /// <summary>The whitelist lists another certificate.</summary>
    CertificateNotListed,

    /// <summary>The whitelist is another repository's.</summary>
    WhitelistForOtherName,

    /// <summary>The manifest is another repository's, rightly signed.</summary>
    ManifestForOtherName,

    /// <summary>Another certificate's key signed the manifest.</summary>
    ManifestOfStranger,

    /// <summary>A digit of the revision was changed after signing.</summary>
    ManifestChangedAfterSigning,

    /// <summary>The revision before is published again.</summary>
    OlderRevision,

    /// <summary>A byte of the root catalog's object is wrong.</summary>
    DamagedRootCatalog,

    /// <summary>The root catalog's object is missing.</summary>
    MissingRootCatalog,

    /// <summary>A byte of the history's object is wrong.</summary>
    DamagedHistory,

    /// <summary>The history's object is missing.</summary>
    MissingHistory,

    /// <summary>The certificate's object is missing.</summary>
    MissingCertificate,

    /// <summary>A counter of the root catalog is wrong; everything is rightly signed.</summary>
    WrongStatistics,
}
