using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class VerifiedFetcherTests : IAsyncLifetime
{
    private static readonly byte[] s_small = ZlibCodec.Compress("content"u8);
    private static readonly byte[] s_large = MakeLarge();
    private static readonly ObjectKey s_smallKey = new(ContentHash.Compute(HashAlgorithmId.Sha1, s_small));
    private static readonly ObjectKey s_largeKey = new(ContentHash.Compute(HashAlgorithmId.RipeMd160, s_large), ObjectSuffix.Catalog);

    private readonly TempFolder _folder = new();
    private readonly FileObjectStore _store;
    private readonly FaultySource _source;
    private readonly VerifiedFetcher _fetcher;

    public VerifiedFetcherTests()
    {
        _store = new FileObjectStore(_folder.Combine("replica"));
        _source = new FaultySource(new DirectoryRepositorySource(_folder.Combine("origin")));
        _fetcher = Fetcher(_source);
    }

    public async ValueTask InitializeAsync()
    {
        var origin = new FileObjectStore(_folder.Combine("origin"));
        await origin.PutAsync(s_smallKey, s_small);
        await origin.PutAsync(s_largeKey, s_large);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    public static TheoryData<bool> Sizes => [true, false];

    [Theory]
    [Conforms("protocol", 8)]
    [Conforms("protocol", 9)]
    [MemberData(nameof(Sizes))]
    public async Task An_object_is_stored_byte_for_byte(bool large)
    {
        var (key, bytes) = Object(large);
        Assert.Equal(bytes.Length, await _fetcher.FetchAsync(key, _store));
        Assert.Equal(bytes, File.ReadAllBytes(_store.PathOf(key)));
        AssertNothingLeft();
    }

    [Fact]
    [Conforms("protocol", 63)]
    public async Task An_object_that_nobody_can_decompress_is_copied_all_the_same()
    {
        byte[] strange = [0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3];
        var key = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Shake128, strange));
        await new FileObjectStore(_folder.Combine("origin")).PutAsync(key, strange);
        await _fetcher.FetchAsync(key, _store);
        Assert.Equal(strange, File.ReadAllBytes(_store.PathOf(key)));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_staged_object_is_verified_and_invisible(bool large)
    {
        var (key, bytes) = Object(large);
        await using (var staged = await _fetcher.StageAsync(key, _store))
        {
            Assert.Equal(key, staged!.Key);
            Assert.Equal(bytes.Length, staged.Length);
            Assert.False(await _store.ContainsAsync(key));
            await using var content = await staged.OpenReadAsync();
            Assert.Equal(bytes.Length, content.Length);
        }

        AssertNothingStored(key);
        await using var again = await _fetcher.StageAsync(key, _store);
        await again!.CommitAsync();
        Assert.Equal(bytes, File.ReadAllBytes(_store.PathOf(key)));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_small_object_is_read_into_memory(bool large)
    {
        var (key, bytes) = Object(large);
        Assert.Equal(bytes, await _fetcher.ReadSmallAsync(key));
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _fetcher.ReadSmallAsync(key, bytes.Length - 1));
    }

    [Fact]
    public async Task Absence_is_null()
    {
        var key = s_smallKey with { Suffix = ObjectSuffix.Partial };
        Assert.Null(await _fetcher.FetchAsync(key, _store));
        Assert.Null(await _fetcher.StageAsync(key, _store));
        Assert.Null(await _fetcher.ReadSmallAsync(key));
        AssertNothingStored(key);
    }

    [Theory]
    [Conforms("proxy", 5)]
    [Conforms("protocol", 56)]
    [MemberData(nameof(Sizes))]
    public async Task Wrong_bytes_are_asked_for_once_more_past_the_caches(bool large)
    {
        var (key, bytes) = Object(large);
        _source.ThenCorrupt();
        Assert.Equal(bytes.Length, await _fetcher.FetchAsync(key, _store));
        Assert.Equal([FetchMode.Normal, FetchMode.BypassCaches], _source.Asked.Select(asked => asked.Mode));
        Assert.Equal(bytes, File.ReadAllBytes(_store.PathOf(key)));
        AssertNothingLeft();
    }

    [Theory]
    [Conforms("proxy", 13)]
    [Conforms("protocol", 8)]
    [Conforms("protocol", 56)]
    [MemberData(nameof(Sizes))]
    public async Task Bytes_that_stay_wrong_are_refused_and_nothing_is_stored(bool large)
    {
        var (key, bytes) = Object(large);
        for (int i = 0; i < 6; i++) _source.ThenCorrupt();
        var fault = await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _fetcher.FetchAsync(key, _store));
        Assert.Equal(key, fault.Expected);
        Assert.Equal(bytes.Length, fault.Length);
        Assert.EndsWith(ObjectPath.Of(key), fault.Origin);
        Assert.Equal(2, _source.Asked.Count);
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _fetcher.StageAsync(key, _store));
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _fetcher.ReadSmallAsync(key));
        AssertNothingStored(key);
    }

    [Fact]
    public async Task Any_single_flipped_bit_and_any_cut_is_noticed()
    {
        for (int bit = 0; bit < 8 * s_small.Length; bit++)
        {
            int at = bit;
            byte[] Flip(byte[] bytes)
            {
                bytes[at / 8] ^= (byte)(1 << (at % 8));
                return bytes;
            }

            _source.ThenChange(Flip).ThenChange(Flip);
            await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _fetcher.FetchAsync(s_smallKey, _store));
        }

        for (int length = 0; length < s_small.Length; length++)
        {
            int keep = length;
            _source.ThenChange(bytes => bytes[..keep]).ThenChange(bytes => bytes[..keep]);
            await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _fetcher.FetchAsync(s_smallKey, _store));
        }

        AssertNothingStored(s_smallKey);
    }

    [Fact]
    [Conforms("proxy", 6)]
    [Conforms("proxy", 16)]
    public async Task The_next_server_is_asked_when_one_keeps_delivering_wrong_bytes()
    {
        var good = new FaultySource(new DirectoryRepositorySource(_folder.Combine("origin")));
        var bad = new FaultySource(new RenamedSource(new DirectoryRepositorySource(_folder.Combine("origin")), "bad"));
        bad.ThenCorrupt().ThenCorrupt();
        var failover = new FailoverSource([bad, good]);
        Assert.Equal(s_small.Length, await Fetcher(failover).FetchAsync(s_smallKey, _store));
        Assert.Equal(2, bad.Asked.Count);
        Assert.Equal(FetchMode.Normal, Assert.Single(good.Asked).Mode);
        Assert.Same(good, failover.Current);
    }

    [Fact]
    public async Task When_every_server_delivers_wrong_bytes_each_is_asked_twice_and_no_more()
    {
        var sources = new[] { "a", "b", "c" }.Select(name => new FaultySource(new RenamedSource(new DirectoryRepositorySource(_folder.Combine("origin")), name))).ToList();
        foreach (var source in sources)
        {
            for (int i = 0; i < 10; i++) source.ThenCorrupt();
        }

        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await Fetcher(new FailoverSource(sources)).FetchAsync(s_largeKey, _store));
        Assert.All(sources, source => Assert.InRange(source.Asked.Count, 2, 3));
        AssertNothingStored(s_largeKey);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_transfer_that_breaks_is_begun_anew(bool large)
    {
        var (key, bytes) = Object(large);
        _source.ThenBreak(0).ThenBreak(bytes.Length - 1);
        Assert.Equal(bytes.Length, await _fetcher.FetchAsync(key, _store));
        Assert.Equal(3, _source.Asked.Count);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_transfer_that_keeps_breaking_is_given_up_and_leaves_nothing()
    {
        for (int i = 0; i < 10; i++) _source.ThenBreak(100_000);
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _fetcher.FetchAsync(s_largeKey, _store));
        Assert.Equal(4, _source.Asked.Count); // one try and three retries
        AssertNothingStored(s_largeKey);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task More_bytes_than_an_object_may_have_are_refused_before_they_fill_the_disk(bool large)
    {
        var (key, bytes) = Object(large);
        Assert.Equal(bytes.Length, await _fetcher.FetchAsync(key, _store, bytes.Length));
        await _store.DeleteAsync(key);
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _fetcher.FetchAsync(key, _store, bytes.Length - 1));
        AssertNothingStored(key);
    }

    [Fact]
    public async Task An_endless_answer_is_cut_off()
    {
        await using var stratum = await FakeStratum.StartAsync();
        stratum.Fail("", Fault.Endless());
        await using var source = new HttpRepositorySource(stratum.UrlOf("x.example.org"));
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await Fetcher(source).FetchAsync(s_smallKey, _store, 1 << 20));
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await Fetcher(source).ReadSmallAsync(s_smallKey));
        AssertNothingStored(s_smallKey);
    }

    [Theory]
    [InlineData(FaultyObjectStore.Operation.Write)]
    [InlineData(FaultyObjectStore.Operation.Complete)]
    [InlineData(FaultyObjectStore.Operation.Commit)]
    public async Task A_full_disk_is_reported_as_such_and_leaves_nothing(FaultyObjectStore.Operation operation)
    {
        var full = FaultyObjectStore.FailingFrom(_store, operation, 1);
        await Assert.ThrowsAsync<IOException>(async () => await _fetcher.FetchAsync(s_largeKey, full));
        Assert.Single(_source.Asked); // no server can help
        AssertNothingStored(s_largeKey);
    }

    [Fact]
    public async Task Cancelling_leaves_nothing()
    {
        using var caller = new CancellationTokenSource();
        var gate = new Gate();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository("x.example.org", _folder.Combine("origin"));
        stratum.Fail("", Fault.StallAfter(150_000, gate));
        await using var source = new HttpRepositorySource(stratum.UrlOf("x.example.org"));
        var fetching = Fetcher(source).FetchAsync(s_largeKey, _store, cancellationToken: caller.Token).AsTask();
        await gate.Reached;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        AssertNothingStored(s_largeKey);
    }

    [Fact]
    public async Task Whatever_a_server_does_an_object_is_there_whole_or_not_at_all()
    {
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository("x.example.org", _folder.Combine("origin"));
        Fault[] faults =
        [
            Fault.Status(500), Fault.Status(403), Fault.Reset(), Fault.BreakAfter(70_000), Fault.CutTo(70_000), Fault.FlipBit(199_999),
            Fault.AnnounceLength(1000), Fault.AnnounceLength(300_000), Fault.Redirect("/"), Fault.Headers(("Content-Encoding", "gzip")), Fault.Replace([]),
        ];
        foreach (var fault in faults)
        {
            stratum.Heal();
            stratum.Fail("", fault);
            await using var source = new HttpRepositorySource(stratum.UrlOf("x.example.org"));
            await Assert.ThrowsAnyAsync<CvmfsException>(async () => await Fetcher(source).FetchAsync(s_largeKey, _store));
            AssertNothingStored(s_largeKey);
        }

        stratum.Heal();
        stratum.Fail("", Fault.WithoutLength());
        await using var honest = new HttpRepositorySource(stratum.UrlOf("x.example.org"));
        Assert.Equal(s_large.Length, await Fetcher(honest).FetchAsync(s_largeKey, _store));
    }

    [Fact]
    public async Task A_repository_of_the_reference_is_copied_with_every_object_verified()
    {
        using var repository = TestData.Unpack("all.example.org");
        var origin = new FileObjectStore(repository.Path);
        await using var source = new DirectoryRepositorySource(repository.Path);
        var fetcher = new VerifiedFetcher(source);
        int objects = 0;
        await foreach (var key in origin.EnumerateAsync())
        {
            Assert.NotNull(await fetcher.FetchAsync(key, _store));
            objects++;
        }

        Assert.InRange(objects, 20, int.MaxValue);
        foreach (string file in Directory.GetFiles(Path.Combine(repository.Path, "data"), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_folder.Combine("replica"), Path.GetRelativePath(repository.Path, file));
            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(copy)), copy);
        }
    }

    private static byte[] MakeLarge()
    {
        byte[] bytes = new byte[200_000];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    private static (ObjectKey Key, byte[] Bytes) Object(bool large) => large ? (s_largeKey, s_large) : (s_smallKey, s_small);

    private static VerifiedFetcher Fetcher(IRepositorySource source)
        => new(source, new VerifiedFetcherOptions { Retry = new RetryOptions { Jitter = () => 0 } });

    private void AssertNothingStored(ObjectKey key)
    {
        Assert.False(File.Exists(_store.PathOf(key)));
        AssertNothingLeft();
    }

    private void AssertNothingLeft()
    {
        string transactions = _folder.Combine("replica/data/txn");
        if (Directory.Exists(transactions)) Assert.Empty(Directory.GetFiles(transactions));
    }

    /// <summary>The same repository on a server with another name.</summary>
    private sealed class RenamedSource(IRepositorySource inner, string name) : IRepositorySource
    {
        public string Origin => "http://" + name;

        public async ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode, CancellationToken cancellationToken)
            => await inner.OpenObjectAsync(key, mode, cancellationToken) is { } body ? new SourceBody(body.Stream, body.Length, $"{Origin}/{ObjectPath.Of(key)}") : null;

        public ValueTask<SourceBody?> OpenRootFileAsync(string file, FetchMode mode, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> RootFileExistsAsync(string file, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
