using System.Globalization;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Model;

/// <summary>A Stratum 0 that publishes, tags and collects garbage, and remembers everything that it ever did.</summary>
internal sealed class ModelUpstream : IDisposable
{
    private static readonly string[] s_folders = ["", "/a", "/a/b", "/a/b/c", "/d", "/d/e"];

    private readonly RepositoryBuilder _tree;
    private readonly BuiltRepository _repository;
    private readonly RepositoryPublisher _publisher;
    private readonly List<Revision> _revisions = [];
    private readonly List<byte[]> _manifests = [];
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private readonly List<string> _tags = []; // those that can be removed
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    private ModelUpstream(RepositoryBuilder tree, BuiltRepository repository, RepositoryPublisher publisher)
        => (_tree, _repository, _publisher) = (tree, repository, publisher);

    /// <summary>A root catalog and all below it.</summary>
    /// <param name="Root">Hash of the root catalog.</param>
    /// <param name="Closure">Paths of all objects, the root included.</param>
    /// <param name="Modified">When it was made.</param>
    public sealed record Revision(string Root, IReadOnlySet<string> Closure, DateTimeOffset Modified);

    /// <summary>Every revision there ever was, in order.</summary>
    public IReadOnlyList<Revision> Revisions => _revisions;

    /// <summary>Every manifest that was ever published.</summary>
    public IReadOnlyList<byte[]> Manifests => _manifests;

    /// <summary>Certificates, histories and meta information that any manifest ever named: a replica may copy earlier ones as well.</summary>
    public IReadOnlySet<string> Named => _named;

    /// <summary>Roots of HEAD and of all tags, those that the publisher sets by itself included.</summary>
    public IReadOnlySet<string> Kept => ReplicaInvariants.Roots(_repository.Path).ToHashSet();

    public BuiltRepository Repository => _repository;

    public static async Task<ModelUpstream> CreateAsync(Random random, FakeClock? clock = null)
    {
        var tree = new RepositoryBuilder { Clock = clock ?? new FakeClock() }.GarbageCollectable();
        Grow(tree, new HashSet<string>(), random);
        var repository = await tree.BuildAsync();
        var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, tree.MakeOptions(), repository.Clock);
        var upstream = new ModelUpstream(tree, repository, publisher);
        var empty = Manifest.Parse(repository.Manifests[0]);
        upstream.Note(empty.RootCatalog.ToString());
        upstream._manifests.Add(repository.Manifests[0]);
        upstream._named.UnionWith(ReplicaInvariants.Objects(repository.Path).Where(static path => path[^1] is 'X' or 'H' or 'M'));
        upstream.NoteManifest();
        upstream.Note(ReplicaInvariants.Field(repository.Path, 'C')!);
        return upstream;
    }

    /// <summary>Publishes a changed tree.</summary>
    public async Task PublishAsync(Random random, bool tagged)
    {
        Grow(_tree, _files, random);
        _repository.Clock.Advance(TimeSpan.FromMinutes(1));
        string? tag = tagged ? $"t{_revisions.Count}" : null;
        await _publisher.CommitAsync(_tree.MakeTree(), new CommitOptions { PublishUnchanged = true, Tag = tag });
        NoteManifest();
        Note(ReplicaInvariants.Field(_repository.Path, 'C')!);
        if (tag is not null) _tags.Add(tag);
    }

    /// <summary>Gives a name to a revision that is still there.</summary>
    public async Task TagAsync(Random random)
    {
        var there = _revisions.Where(revision => Has(revision.Root)).ToList();
        string root = there[random.Next(there.Count)].Root;
        string tag = $"n{_manifests.Count}";
        _repository.Clock.Advance(TimeSpan.FromMinutes(1));
        await _publisher.AddTagAsync(tag, rootCatalog: Hashing.ContentHash.Parse(root));
        _tags.Add(tag);
        NoteManifest();
    }

    /// <summary>Takes a name away.</summary>
    public async Task UntagAsync(Random random)
    {
        if (_tags.Count == 0) return;
        string tag = _tags[random.Next(_tags.Count)];
        _repository.Clock.Advance(TimeSpan.FromMinutes(1));
        await _publisher.RemoveTagAsync(tag);
        _tags.Remove(tag);
        NoteManifest();
    }

    /// <summary>Deletes what neither HEAD nor a tag needs: what the reference's collection does without any days of grace.</summary>
    public void CollectGarbage()
    {
        var needed = _revisions.Where(revision => Kept.Contains(revision.Root)).SelectMany(revision => revision.Closure)
            .Concat(ReplicaInvariants.Named(_repository.Path)).ToHashSet(StringComparer.Ordinal);
        foreach (string path in ReplicaInvariants.Objects(_repository.Path).ToList())
        {
            if (!needed.Contains(path)) File.Delete(Path.Combine(_repository.Path, path));
        }
    }

    /// <summary>Whether a root catalog has not been collected.</summary>
    public bool Has(string root) => File.Exists(Path.Combine(_repository.Path, ReplicaInvariants.PathOf(root, "C")));

    public void Dispose()
    {
        _publisher.Dispose();
        _repository.Dispose();
    }

    private void Note(string root)
        => _revisions.Add(new Revision(root, ReplicaInvariants.Reachable(_repository.Path, [ReplicaInvariants.PathOf(root, "C")]), _repository.Clock.GetUtcNow()));

    private void NoteManifest()
    {
        _manifests.Add(File.ReadAllBytes(_repository.RootFile(".cvmfspublished")));
        _named.UnionWith(ReplicaInvariants.Named(_repository.Path));
    }

    /// <summary>Some changes to the tree: files new, changed, removed, chunked; nested catalogs.</summary>
    private static void Grow(RepositoryBuilder tree, HashSet<string> files, Random random)
    {
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            string folder = s_folders[random.Next(s_folders.Length)];
            string path = string.Create(CultureInfo.InvariantCulture, $"{folder}/f{random.Next(8)}");
            switch (random.Next(10))
            {
                case 0 when folder.Length > 0:
                    tree.Nested(folder);
                    break;
                case 1 when files.Remove(path):
                    tree.Remove(path);
                    break;
                case 2:
                    tree.RandomFile(path, random.Next(5_000, 30_000), random.Next());
                    files.Add(path);
                    break;
                case 3: // content that was there before, under another name or again
                    tree.File(path, "one of a few contents " + random.Next(3));
                    files.Add(path);
                    break;
                default:
                    tree.File(path, $"content {random.Next()}");
                    files.Add(path);
                    break;
            }
        }
    }
}
