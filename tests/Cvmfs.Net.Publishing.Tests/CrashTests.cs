using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Publishing.Tests;

public sealed class CrashTests
{
    [Fact]
    [Conforms("protocol", 49)]
    [Conforms("protocol", 50)]
    public async Task A_store_that_fails_at_any_write_leaves_the_old_revision_whole()
    {
        using var repository = await new RepositoryBuilder().Nested("/a").File("/a/f", "1").Chunked("/big").BuildAsync();
        byte[] manifest = File.ReadAllBytes(repository.RootFile(RootFileNames.Manifest));
        var next = new RepositoryBuilder().Nested("/a").File("/a/f", "2").File("/g", "new").Chunked("/big", 30_000, 9).RandomFile("/whole", 4_000, 3);
        int failures = 0;
        while (true)
        {
            var store = new FailingStore(repository.Store, allowed: 1); // what got through is found again: each attempt ends one write later
            using var publisher = await RepositoryPublisher.OpenAsync(store, repository.Root, repository.Keys.Publisher, next.MakeOptions(), repository.Clock);
            try
            {
                await publisher.CommitAsync(next.MakeTree());
                break;
            }
            catch (IOException)
            {
                failures++;
                Assert.Equal(manifest, File.ReadAllBytes(repository.RootFile(RootFileNames.Manifest)));
                Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
            }
        }

        Assert.True(failures > 8, $"only {failures} writes could fail");
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
        Assert.Equal(2UL, repository.Manifest.Revision);
    }

    [Fact]
    public async Task Goes_on_after_a_crash_between_reflog_and_manifest()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").BuildAsync();
        byte[] manifest = File.ReadAllBytes(repository.RootFile(RootFileNames.Manifest));
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        byte[] before = File.ReadAllBytes(repository.RootFile(RootFileNames.Reflog));
        await publisher.CommitAsync(new RepositoryBuilder().File("/f", "2").MakeTree());

        // What a crash right before the manifest's rename leaves: the new reflog, the note about it, the old manifest.
        byte[] after = File.ReadAllBytes(repository.RootFile(RootFileNames.Reflog));
        File.WriteAllBytes(repository.RootFile(RootFileNames.Manifest), manifest);
        File.WriteAllText(repository.RootFile(".cvmfsreflog.pending"), $"{ContentHash.Compute(HashAlgorithmId.Sha1, before)}\n{ContentHash.Compute(HashAlgorithmId.Sha1, after)}\n");

        await publisher.CommitAsync(new RepositoryBuilder().File("/f", "3").MakeTree());

        Assert.Equal(2UL, repository.Manifest.Revision);
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
        Assert.False(File.Exists(repository.RootFile(".cvmfsreflog.pending")));
    }

    [Fact]
    public async Task A_cancelled_commit_leaves_the_old_revision()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => publisher.CommitAsync(new RepositoryBuilder().Files("/d", 500).MakeTree(), cancellationToken: cancelled.Token));

        Assert.Equal(1UL, repository.Manifest.Revision);
        Assert.Equal(PublishOutcome.Published, (await publisher.CommitAsync(new RepositoryBuilder().Files("/d", 500).MakeTree())).Outcome);
    }

    /// <summary>Takes so many objects, then its disk is full.</summary>
    private sealed class FailingStore(IObjectStore store, int allowed) : IObjectStore
    {
        private int _left = allowed;

        public string Location => store.Location;

        public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default) => store.ContainsAsync(key, cancellationToken);

        public ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default) => store.OpenReadAsync(key, cancellationToken);

        public ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default)
        {
            Spend();
            return store.BeginWriteAsync(algorithm, suffix, cancellationToken);
        }

        public ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
        {
            Spend();
            return store.PutAsync(key, content, cancellationToken);
        }

        public ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default) => store.DeleteAsync(key, cancellationToken);

        public IAsyncEnumerable<ObjectKey> EnumerateAsync(CancellationToken cancellationToken = default) => store.EnumerateAsync(cancellationToken);

        private void Spend()
        {
            if (Interlocked.Decrement(ref _left) < 0) throw new IOException("No space left on device.");
        }
    }
}
