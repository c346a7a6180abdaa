using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Xunit;

namespace Cvmfs.Net.Testing;

/// <summary>What every repository source must do. A test class per implementation and decorator derives from this.</summary>
public abstract class RepositorySourceConformance : IAsyncLifetime
{
    private static readonly byte[] s_small = "a small object"u8.ToArray();
    private static readonly byte[] s_large = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    private IRepositorySource _source = null!;

    /// <summary>Folder of the repository that the source must show.</summary>
    protected TempFolder Repository { get; } = new();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var store = new FileObjectStore(Repository.Path);
        await store.PutAsync(KeyOf(s_small), s_small);
        await store.PutAsync(KeyOf(s_large, HashAlgorithmId.Shake128, ObjectSuffix.Catalog), s_large);
        Repository.Write(RootFileNames.Manifest, "manifest"u8);
        Repository.Write(RootFileNames.Reflog, s_large);
        Repository.Write("empty", []);
        _source = await CreateAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await CleanUpAsync();
        Repository.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a source that shows <see cref="Repository"/>.</summary>
    protected abstract ValueTask<IRepositorySource> CreateAsync();

    /// <summary>Ends what <see cref="CreateAsync"/> started.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(FetchMode.Normal)]
    [InlineData(FetchMode.BypassCaches)]
    public async Task Objects_come_byte_for_byte_and_with_their_length(FetchMode mode)
    {
        await using var small = await _source.OpenObjectAsync(KeyOf(s_small), mode);
        await using var large = await _source.OpenObjectAsync(KeyOf(s_large, HashAlgorithmId.Shake128, ObjectSuffix.Catalog), mode);
        Assert.Equal(s_small, await ReadAsync(small!));
        Assert.Equal(s_large, await ReadAsync(large!));
        Assert.Equal(s_small.Length, small!.Length);
        Assert.Equal(s_large.Length, large!.Length);
    }

    [Fact]
    public async Task Root_files_come_byte_for_byte()
    {
        Assert.Equal("manifest"u8.ToArray(), await _source.ReadRootFileAsync(RootFileNames.Manifest));
        Assert.Equal(s_large, await _source.ReadRootFileAsync(RootFileNames.Reflog, mode: FetchMode.BypassCaches));
        Assert.Empty(await _source.ReadRootFileAsync("empty") ?? [1]);
    }

    [Fact]
    public async Task Absence_is_null()
    {
        Assert.Null(await _source.OpenObjectAsync(KeyOf("nobody has this"u8.ToArray())));
        Assert.Null(await _source.OpenObjectAsync(KeyOf(s_small, suffix: ObjectSuffix.Partial)));
        Assert.Null(await _source.OpenRootFileAsync(RootFileNames.Whitelist));
        Assert.Null(await _source.ReadRootFileAsync(RootFileNames.Whitelist));
    }

    [Fact]
    public async Task Existence_is_told_without_content()
    {
        Assert.True(await _source.RootFileExistsAsync(RootFileNames.Manifest));
        Assert.False(await _source.RootFileExistsAsync(RootFileNames.MasterReplica));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../secret")]
    [InlineData("data/ab")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a?b")]
    [InlineData("a%2fb")]
    public async Task Names_that_could_lead_elsewhere_are_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await _source.OpenRootFileAsync(name));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _source.RootFileExistsAsync(name));
    }

    [Fact]
    public async Task The_origin_of_a_body_begins_with_that_of_a_source()
    {
        await using var body = await _source.OpenObjectAsync(KeyOf(s_small));
        Assert.Contains(_source.Origin.Split(','), origin => body!.Origin.StartsWith(origin, StringComparison.Ordinal));
        Assert.EndsWith(ObjectPath.Of(KeyOf(s_small)), body!.Origin);
    }

    [Fact]
    public async Task Cancellation_is_cancellation()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _source.OpenObjectAsync(KeyOf(s_small), cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _source.OpenRootFileAsync(RootFileNames.Manifest, cancellationToken: cancelled));
        await using var body = await _source.OpenObjectAsync(KeyOf(s_large, HashAlgorithmId.Shake128, ObjectSuffix.Catalog));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await body!.Stream.ReadExactlyAsync(new byte[10], cancelled));
    }

    [Fact]
    public async Task Many_requests_at_once_get_their_own_bytes()
        => await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
        {
            bool large = i % 3 == 0;
            var key = large ? KeyOf(s_large, HashAlgorithmId.Shake128, ObjectSuffix.Catalog) : KeyOf(s_small);
            await using var body = await _source.OpenObjectAsync(key, cancellationToken: token);
            Assert.Equal(large ? s_large : s_small, await ReadAsync(body!));
        });

    [Fact]
    public async Task Bodies_may_be_dropped_unread_without_harm()
    {
        for (int i = 0; i < 40; i++)
        {
            var body = await _source.OpenObjectAsync(KeyOf(s_large, HashAlgorithmId.Shake128, ObjectSuffix.Catalog));
            await body!.DisposeAsync();
        }

        Assert.Equal("manifest"u8.ToArray(), await _source.ReadRootFileAsync(RootFileNames.Manifest));
    }

    private static ObjectKey KeyOf(byte[] content, HashAlgorithmId algorithm = HashAlgorithmId.Sha1, ObjectSuffix suffix = ObjectSuffix.None)
        => new(ContentHash.Compute(algorithm, content), suffix);

    private static async Task<byte[]> ReadAsync(SourceBody body)
    {
        using var copy = new MemoryStream();
        await body.Stream.CopyToAsync(copy);
        return copy.ToArray();
    }
}
