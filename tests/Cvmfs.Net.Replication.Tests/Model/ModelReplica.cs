// What a replica must hold, worked out from the upstream's history alone, and held against its folder after every step.
//
//   HEAD and all tags                           whole, always
//   revisions between the last one that was     whole, back to the first that the upstream has collected or that is older than the limit;
//   served and HEAD                             only when something was served before
//   everything else                             may be there only if some run, however it ended, was after it
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Tests.Model;

/// <summary>A replica and what is known about it.</summary>
internal sealed class ModelReplica : IAsyncDisposable
{
    private readonly ModelUpstream _upstream;
    private readonly TempFolder _folder = new();
    private readonly HashSet<string> _everWanted = new(StringComparer.Ordinal); // objects
    private readonly HashSet<string> _wantedRoots = [];
    private readonly TimeSpan _historyLimit;
    private readonly Replica _replica;
    private Func<Task>? _interruption;
    private int _interruptAt;
    private int _servedManifest = -1;
    private string? _servedRoot;

    public ModelReplica(ModelUpstream upstream, int transfers, TimeSpan historyLimit)
    {
        (_upstream, _historyLimit) = (upstream, historyLimit);
        var options = new ReplicationOptions
        {
            Repository = upstream.Repository.Name.ToString(),
            Upstream = upstream.Repository.Path,
            StorageFolder = Folder,
            MaxTransfers = transfers,
            HistoryLimit = historyLimit,
            FlushBeforePublishing = false,
        };
        var source = new InterceptedSource(new DirectoryRepositorySource(upstream.Repository.Path), OnRequestAsync);
        _replica = new Replica(options, upstream.Repository.TrustedKeys, new ReplicaServices { Source = source, TimeProvider = upstream.Repository.Clock });
    }

    private string Folder => _folder.Combine("storage");

    private int NewestManifest => _upstream.Manifests.Count - 1;

    /// <summary>A snapshot that nothing disturbs.</summary>
    public async Task SnapshotAsync()
    {
        var chain = Want();
        var report = await _replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(_servedManifest == NewestManifest ? SnapshotOutcome.Unchanged : SnapshotOutcome.Updated, report.Outcome);
        Serve(NewestManifest);
        CheckComplete(chain);
    }

    /// <summary>A snapshot that is cancelled at its nth request, or ends before it comes to that.</summary>
    public async Task SnapshotInterruptedAsync(int nth)
    {
        var chain = Want();
        using var cancel = new CancellationTokenSource();
        (_interruptAt, _interruption) = (nth, cancel.CancelAsync);
        try
        {
            var report = await _replica.SnapshotAsync(cancellationToken: cancel.Token);
            Assert.True(report.Succeeded, report.Message);
            Serve(NewestManifest);
            CheckComplete(chain);
        }
        catch (OperationCanceledException)
        {
            int? served = CheckAlways();
            // The last request may be followed by the publishing, which a late cancellation finds half done: then the new revision is whole.
            Assert.True((served ?? -1) == _servedManifest || served == NewestManifest, $"manifest {served} is served");
            if (served is { } now) Serve(now);
        }
        finally
        {
            _interruption = null;
        }
    }

    /// <summary>The upstream shows an earlier manifest for a while.</summary>
    public async Task RollBackAsync(int manifest)
    {
        string file = _upstream.Repository.RootFile(".cvmfspublished");
        byte[] served = _servedManifest < 0 ? [] : _upstream.Manifests[_servedManifest];
        if (_servedManifest <= manifest || Manifests.Manifest.Parse(_upstream.Manifests[manifest]).PublishedAt >= Manifests.Manifest.Parse(served).PublishedAt) return;
        await File.WriteAllBytesAsync(file, _upstream.Manifests[manifest]);
        var report = await _replica.SnapshotAsync();
        await File.WriteAllBytesAsync(file, _upstream.Manifests[^1]);

        Assert.Equal(SnapshotOutcome.RollbackRefused, report.Outcome);
        Assert.Equal(_servedManifest, CheckAlways());
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        _folder.Dispose();
    }

    private Task OnRequestAsync(string path, int number) => _interruption is { } interrupt && --_interruptAt == 0 ? interrupt() : Task.CompletedTask;

    /// <summary>Notes what the next run is after.</summary>
    /// <returns>Roots that must be there once it has succeeded, HEAD and tags apart.</returns>
    private List<string> Want()
    {
        var chain = new List<string>();
        var oldest = _upstream.Repository.Clock.GetUtcNow() - _historyLimit;
        int served = _servedRoot is null ? -1 : _upstream.Revisions.ToList().FindIndex(revision => revision.Root == _servedRoot);
        for (int i = _upstream.Revisions.Count - 2; served >= 0 && i > served; i--)
        {
            var revision = _upstream.Revisions[i];
            if (!_upstream.Has(revision.Root) || (revision.Modified < oldest && !_upstream.Kept.Contains(revision.Root))) break;
            chain.Add(revision.Root);
        }

        foreach (var revision in _upstream.Revisions.Where(revision => chain.Contains(revision.Root) || _upstream.Kept.Contains(revision.Root)))
        {
            _everWanted.UnionWith(revision.Closure);
            _wantedRoots.Add(revision.Root);
        }

        _everWanted.UnionWith(_upstream.Named);
        _everWanted.UnionWith(ReplicaInvariants.Objects(_upstream.Repository.Path).Where(path => path.EndsWith('H'))); // earlier tags, in increments
        return chain;
    }

    private void Serve(int manifest)
    {
        _servedManifest = manifest;
        _servedRoot = ReplicaInvariants.Field(Folder, 'C');
    }

    private void CheckComplete(IEnumerable<string> chain)
    {
        Assert.Equal(_servedManifest, CheckAlways());
        var roots = chain.Concat(_upstream.Kept).ToHashSet();
        foreach (var revision in _upstream.Revisions.Where(revision => roots.Contains(revision.Root)))
        {
            var missing = revision.Closure.Where(path => !File.Exists(Path.Combine(Folder, path))).ToList();
            Assert.True(missing.Count == 0, $"revision {_upstream.Revisions.ToList().IndexOf(revision) + 1} lacks {missing.Count} objects, first {missing.FirstOrDefault()}");
        }

        var logged = ReplicaInvariants.Reflog(Folder);
        Assert.DoesNotContain(roots, root => !logged.Contains(root + " 0"));
        foreach (var (field, type) in (ReadOnlySpan<(char, int)>)[('X', 1), ('H', 2), ('M', 3)]) Assert.Contains($"{ReplicaInvariants.Field(Folder, field)} {type}", logged);
        Assert.Equal(ContentHash.Compute(HashAlgorithmId.Sha1, File.ReadAllBytes(Path.Combine(Folder, ".cvmfsreflog"))).ToString(),
            File.ReadAllText(Path.Combine(Folder, ReplicaLocation.PrivateFolder, "reflog.chksum")));
    }

    /// <summary>What holds at any time.</summary>
    /// <returns>Index of the manifest that is served.</returns>
    private int? CheckAlways()
    {
        ReplicaInvariants.Check(Folder);
        Assert.DoesNotContain(ReplicaInvariants.Objects(Folder), path => !_everWanted.Contains(path));
        return ReplicaInvariants.CheckServed(Folder, _upstream.Manifests);
    }
}
