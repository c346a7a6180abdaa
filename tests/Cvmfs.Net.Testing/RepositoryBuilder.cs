using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Publishing.Chunking;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Testing;

/// <summary>Makes a signed repository in a folder, from a tree that is written down in the test. Goes through the real publisher.</summary>
/// <remarks>
/// Each call changes the tree; <see cref="Revision"/> publishes what there is so far and goes on from there; <see cref="BuildAsync"/> publishes the rest.
/// Files above 4 KiB are cut into chunks of 4–16 KiB. The clock stands at the start of 2026 and moves a minute per revision; whitelists are
/// valid for twenty years, so that both a fake and the real clock accept them. Some 30 ms per repository.
/// </remarks>
public sealed class RepositoryBuilder
{
    private readonly List<Action<PublishTree>> _changes = [];
    private readonly List<(int Changes, CommitOptions Options)> _revisions = [];
    private PublisherOptions _options = new()
    {
        Chunking = new ChunkingOptions { MinimumBytes = 4 << 10, AverageBytes = 8 << 10, MaximumBytes = 16 << 10 },
        WhitelistValidity = TimeSpan.FromDays(20 * 365),
        AutoTags = false,
        MetaInfo = """{"administrator":"Test Owner","email":"owner@example.org","organisation":"Example","description":"Fixture","recommended-stratum0":"http://localhost/cvmfs/test.example.org","recommended-stratum1s":[]}""",
        Parallelism = 2,
    };

    /// <summary>Begins with an empty tree.</summary>
    /// <param name="name">The repository's name.</param>
    public RepositoryBuilder(string name = "test.example.org") => Name = RepositoryName.Parse(name);

    /// <summary>The repository's name.</summary>
    public RepositoryName Name { get; }

    /// <summary>The publisher's clock.</summary>
    public FakeClock Clock { get; init; } = new();

    private DateTimeOffset Modified { get; } = new(2025, 12, 24, 12, 30, 45, TimeSpan.Zero);

    /// <summary>Changes how everything is published.</summary>
    public RepositoryBuilder Options(Func<PublisherOptions, PublisherOptions> change)
    {
        _options = change(_options);
        return this;
    }

    /// <summary>Hashes everything with another algorithm.</summary>
    public RepositoryBuilder Hash(HashAlgorithmId algorithm) => Options(options => options with { HashAlgorithm = algorithm });

    /// <summary>Allows garbage collection.</summary>
    public RepositoryBuilder GarbageCollectable() => Options(static options => options with { IsGarbageCollectable = true });

    /// <summary>Makes any change to the tree.</summary>
    public RepositoryBuilder Change(Action<PublishTree> change)
    {
        _changes.Add(change);
        return this;
    }

    /// <summary>Adds or replaces a file; directories above it appear by themselves.</summary>
    /// <param name="path">Path such as "/a/b".</param>
    /// <param name="content">The bytes.</param>
    /// <param name="permissions">Permission bits; default 0644.</param>
    /// <param name="xattrs">Extended attributes.</param>
    public RepositoryBuilder File(string path, byte[] content, uint permissions = 0x1A4, params (string Key, string Value)[] xattrs)
        => Change(tree => tree.AddFile(RepositoryPath.Parse(path), EntryAttributes.ForFile(permissions, Modified), FileContent.FromMemory(content), Xattrs(xattrs)));

    /// <summary>Adds or replaces a text file.</summary>
    public RepositoryBuilder File(string path, string content) => File(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Adds a file of so many bytes that look random but are the same each time.</summary>
    public RepositoryBuilder RandomFile(string path, int bytes, int seed = 1)
    {
        byte[] content = new byte[bytes];
        new Random(seed).NextBytes(content);
        return File(path, content);
    }

    /// <summary>Adds a file that is published in chunks.</summary>
    public RepositoryBuilder Chunked(string path, int bytes = 100_000, int seed = 1) => RandomFile(path, bytes, seed);

    /// <summary>Adds many small files, <c>/path/0000</c> and so on, each with other content.</summary>
    public RepositoryBuilder Files(string folder, int count)
    {
        for (int i = 0; i < count; i++) File($"{folder}/{i:d4}", $"content of {folder} {i}\n");
        return this;
    }

    /// <summary>Adds a directory.</summary>
    public RepositoryBuilder Directory(string path, uint permissions = 0x1ED)
        => Change(tree => tree.AddDirectory(RepositoryPath.Parse(path), EntryAttributes.ForDirectory(permissions, Modified)));

    /// <summary>Adds a directory with a nested catalog, or gives one that exists a nested catalog.</summary>
    public RepositoryBuilder Nested(string path) => Change(tree =>
    {
        var parsed = RepositoryPath.Parse(path);
        if (tree.Find(parsed) is null) tree.AddDirectory(parsed, EntryAttributes.ForDirectory(0x1ED, Modified));
        tree.AddNestedCatalog(parsed);
    });

    /// <summary>Adds a symbolic link.</summary>
    public RepositoryBuilder Link(string path, string target)
        => Change(tree => tree.AddSymbolicLink(RepositoryPath.Parse(path), EntryAttributes.ForLink(Modified), Encoding.UTF8.GetBytes(target)));

    /// <summary>Adds a hard link to a file that was added before.</summary>
    public RepositoryBuilder HardLink(string path, string target)
        => Change(tree => tree.AddHardLink(RepositoryPath.Parse(path), RepositoryPath.Parse(target)));

    /// <summary>Adds a FIFO, socket or device.</summary>
    /// <param name="path">Where.</param>
    /// <param name="mode">Mode with type bits.</param>
    /// <param name="device">Device number.</param>
    public RepositoryBuilder Special(string path, uint mode, ulong device = 0)
        => Change(tree => tree.AddSpecial(RepositoryPath.Parse(path), EntryAttributes.At(mode, Modified), device));

    /// <summary>Removes an entry and everything below.</summary>
    public RepositoryBuilder Remove(string path) => Change(tree => tree.Remove(RepositoryPath.Parse(path)));

    /// <summary>Ends a revision: what is there so far is published, what follows comes on top of it.</summary>
    /// <param name="tag">Name of the revision; null for none.</param>
    public RepositoryBuilder Revision(string? tag = null)
    {
        _revisions.Add((_changes.Count, new CommitOptions { Tag = tag, PublishUnchanged = true }));
        return this;
    }

    /// <summary>Publishes into a new folder.</summary>
    /// <param name="tag">Name of the last revision; null for none.</param>
    public async Task<BuiltRepository> BuildAsync(string? tag = null)
    {
        if (_revisions.Count == 0 || _revisions[^1].Changes < _changes.Count || tag is not null) Revision(tag);
        var folder = new TempFolder();
        try
        {
            string path = folder.Combine(Name.ToString());
            var keys = TestKeys.For(Name);
            using var publisher = await RepositoryPublisher.InitAsync(path, keys.Publisher, _options, Clock).ConfigureAwait(false);
            var manifests = new List<byte[]> { publisher.Manifest.Bytes.ToArray() };
            foreach (var (changes, options) in _revisions)
            {
                Clock.Advance(TimeSpan.FromMinutes(1));
                await publisher.CommitAsync(MakeTree(changes), options).ConfigureAwait(false);
                manifests.Add(publisher.Manifest.Bytes.ToArray());
            }

            return new BuiltRepository(folder, path, Name, keys, Clock, manifests);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The tree as it stands, to be published by the test itself.</summary>
    public PublishTree MakeTree() => MakeTree(_changes.Count);

    /// <summary>The options as they stand.</summary>
    public PublisherOptions MakeOptions() => _options;

    private PublishTree MakeTree(int changes)
    {
        var tree = new PublishTree(EntryAttributes.ForDirectory(0x1ED, Modified));
        foreach (var change in _changes.Take(changes)) change(tree);
        return tree;
    }

    private static ExtendedAttributes? Xattrs((string Key, string Value)[] xattrs) => xattrs.Length == 0 ? null : ExtendedAttributes.Create(
        xattrs.Select(static pair => KeyValuePair.Create<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            Encoding.UTF8.GetBytes(pair.Key), Encoding.UTF8.GetBytes(pair.Value))));
}
