using System.Text;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>What a client finds in a cache that was filled for it.</summary>
public sealed class CachePreloaderTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private BuiltRepository _upstream = null!;
    private TestOrigin _origin = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Cache => _folder.Combine("cache");

    private string Breadcrumb => Path.Combine(Cache, $"cvmfschecksum.{_upstream.Name}");

    public async ValueTask InitializeAsync()
    {
        _upstream = await new RepositoryBuilder().File("/hello", "hello, world\n").Files("/top", 3).Chunked("/large")
            .Nested("/a").Files("/a", 4).Nested("/a/deep").Files("/a/deep", 5).Nested("/b").Files("/b", 6)
            .Revision().File("/b/new", "new").BuildAsync();
        _origin = await TestOrigin.StartAsync(_upstream.RollBackTo(1).Path, _upstream.Name.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _origin.DisposeAsync();
        _upstream.Dispose();
        _folder.Dispose();
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task Everything_of_the_revision_is_in_the_cache_decompressed_and_the_breadcrumb_says_so()
    {
        var report = await PreloadAsync();
        Assert.True(report.Succeeded, report.Message);

        // Every object of the upstream's tree, by the same name without its letter, is the decompressed form of what the upstream has.
        int compared = 0;
        foreach (string path in ReplicaInvariants.Reachable(_upstream.Path, [ObjectPath.Of(Root)]))
        {
            Assert.True(ObjectPath.TryParse(path, out var key));
            byte[] stored = await File.ReadAllBytesAsync(Path.Combine(_upstream.Path, path), Token);
            byte[] cached = await File.ReadAllBytesAsync(CachePath(key), Token);
            Assert.Equal(ObjectCompression.Decompress(stored, CompressionId.Zlib, 1 << 26), cached);
            compared++;
        }

        Assert.True(compared > 20);
        Assert.Equal("hello, world\n", await File.ReadAllTextAsync(CachePath(_upstream.KeyOf("/hello")), Token));
        string timestamp = ReplicaInvariants.Field(_upstream.Path, 'T')!;
        Assert.Equal($"{Root.Hash}T{timestamp}R1", await File.ReadAllTextAsync(Breadcrumb, Token));
        Assert.Empty(Directory.GetFiles(Path.Combine(Cache, "txn")));
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Expected = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        Assert.Equal(Expected, File.GetUnixFileMode(Breadcrumb));
        Assert.Equal(Expected, File.GetUnixFileMode(CachePath(Root)));
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task A_second_run_has_nothing_to_do_and_an_increment_brings_what_changed()
    {
        await PreloadAsync();
        _origin.Requests.Clear();
        Assert.Equal(SnapshotOutcome.Unchanged, (await PreloadAsync()).Outcome);
        Assert.InRange(_origin.Requests.Count, 1, 4);

        _upstream.RollBackTo(2);
        _origin.Requests.Clear();
        Assert.Equal(SnapshotOutcome.Updated, (await PreloadAsync()).Outcome);
        Assert.Equal(2, _origin.Objects.Count(path => path.EndsWith('C')));
        Assert.Equal("new", await File.ReadAllTextAsync(CachePath(_upstream.KeyOf("/b/new")), Token));
        Assert.EndsWith("R2", await File.ReadAllTextAsync(Breadcrumb, Token), StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task What_did_not_come_whole_leaves_no_breadcrumb_and_the_next_run_brings_the_rest()
    {
        string victim = ObjectPath.Of(_upstream.KeyOf("/a/deep/0003"));
        _origin.Interfere = (context, path) =>
        {
            if (path != victim) return Task.FromResult(false);
            context.Response.StatusCode = 404;
            return Task.FromResult(true);
        };
        var broken = await PreloadAsync();
        Assert.Equal((SnapshotOutcome.Incomplete, 1L), (broken.Outcome, broken.FailureCount));
        Assert.False(File.Exists(Breadcrumb));
        Assert.False(File.Exists(CachePath(Root)));
        Assert.Empty(Directory.GetFiles(Path.Combine(Cache, "txn")));

        _origin.Interfere = null;
        _origin.Requests.Clear();
        var report = await PreloadAsync();
        Assert.Equal(SnapshotOutcome.Updated, report.Outcome);
        // The object of empty files is asked for once more: an empty file proves nothing.
        string empty = ObjectPath.Of(_upstream.KeyOf("/a/.cvmfscatalog"));
        Assert.Equal(new[] { victim, empty }.Order(), _origin.Objects.Where(path => !char.IsAsciiLetterUpper(path[^1])).Order());
        Assert.True(File.Exists(Breadcrumb));
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task A_catalog_that_a_client_has_stored_there_is_not_taken_for_its_subtree()
    {
        // As a client would: the root catalog alone, decompressed.
        byte[] stored = await File.ReadAllBytesAsync(Path.Combine(_upstream.Path, ObjectPath.Of(Root)), Token);
        Directory.CreateDirectory(Path.GetDirectoryName(CachePath(Root))!);
        await File.WriteAllBytesAsync(CachePath(Root), ObjectCompression.Decompress(stored, CompressionId.Zlib, 1 << 26), Token);
        Assert.True((await PreloadAsync()).Succeeded);
        Assert.True(File.Exists(CachePath(_upstream.KeyOf("/a/deep/0003"))));
        Assert.DoesNotContain(ObjectPath.Of(Root), _origin.Objects);
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task A_filter_is_kept_beside_the_cache_and_another_one_makes_everything_be_looked_at_again()
    {
        await PreloadAsync("/a");
        string kept = Path.Combine(Cache, $"dirtab.{_upstream.Name}");
        Assert.Equal("/a", await File.ReadAllTextAsync(kept, Token));
        Assert.False(File.Exists(CachePath(_upstream.KeyOf("/b/0000"))));
        Assert.Equal(SnapshotOutcome.Unchanged, (await PreloadAsync("/a")).Outcome);

        Assert.Equal(SnapshotOutcome.Updated, (await PreloadAsync()).Outcome);
        Assert.True(File.Exists(CachePath(_upstream.KeyOf("/b/0000"))));
        Assert.False(File.Exists(kept));
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task Damaged_bytes_do_not_reach_the_cache()
    {
        string victim = ObjectPath.Of(_upstream.KeyOf("/a/0001"));
        _origin.Interfere = async (context, path) =>
        {
            if (path != victim) return false;
            byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(_upstream.Path, path));
            bytes[^1] ^= 1;
            await context.Response.Body.WriteAsync(bytes);
            return true;
        };
        var report = await PreloadAsync();
        Assert.Equal((SnapshotOutcome.Incomplete, TransferFailureReason.Corrupt), (report.Outcome, report.Failures[0].Reason));
        Assert.False(File.Exists(CachePath(_upstream.KeyOf("/a/0001"))));
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task Objects_that_are_stored_as_they_are_come_as_they_are()
    {
        using var plain = await new RepositoryBuilder("plain.example.org").Options(options => options with { Compression = CompressionId.None }).File("/hello", "hello").Chunked("/large").BuildAsync();
        var report = await PreloadAsync(upstream: plain);
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal("hello", await File.ReadAllTextAsync(CachePath(plain.KeyOf("/hello")), Token));
    }

    private ObjectKey Root => new(Manifests.Manifest.Parse(File.ReadAllBytes(_upstream.RootFile(".cvmfspublished"))).RootCatalog, ObjectSuffix.Catalog);

    private string CachePath(ObjectKey key)
    {
        string hash = key.Hash.ToString();
        return Path.Combine(Cache, hash[..2], hash[2..]);
    }

    private async Task<SnapshotReport> PreloadAsync(string? filter = null, BuiltRepository? upstream = null)
    {
        var options = new ReplicationOptions
        {
            Repository = (upstream ?? _upstream).Name.ToString(),
            Upstream = upstream?.Path ?? _origin.Url,
            StorageFolder = Cache,
            Filter = filter is null ? null : PathFilter.Parse(Encoding.UTF8.GetBytes(filter)),
            FlushBeforePublishing = false,
        };
        await using var preloader = new CachePreloader(options, (upstream ?? _upstream).TrustedKeys);
        return await preloader.PreloadAsync(cancellationToken: Token);
    }
}
