using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class ExternalDataSourceTests : IAsyncLifetime
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 10_000).Select(i => (byte)(i * 13))];
    private static readonly RepositoryPath s_path = RepositoryPath.Parse("/big/file.dat");

    private readonly MemoryObjectStore _store = new();
    private FakeStratum _server = null!;
    private ExternalDataSource _source = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeStratum.StartAsync();
        _server.Mount("/files/big/file.dat", _ => new(s_content));
        _source = new ExternalDataSource(new Uri(_server.BaseUrl, "/files/"), fetching: new VerifiedFetcherOptions { Retry = new RetryOptions { Jitter = () => 0 } });
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [Conforms("proxy", 2)]
    [Conforms("protocol", 134)]
    [InlineData("/plain/AZaz09/:.@+-_~[],", "/plain/AZaz09/:.@+-_~[],")]
    [InlineData("/a b", "/a%20b")]
    [InlineData("/100%?x=y&z#f", "/100%25%3Fx%3Dy%26z%23f")]
    [InlineData("/(!$'*;)", "/%28%21%24%27%2A%3B%29")]
    [InlineData("/ä€", "/%C3%A4%E2%82%AC")]
    public async Task Paths_are_escaped_as_every_client_escapes_them(string path, string expected)
    {
        Assert.Null(await _source.OpenAsync(RepositoryPath.Parse(path)));
        Assert.Equal("/files" + expected, Assert.Single(_server.Requests).RawTarget);
    }

    [Fact]
    public async Task A_path_that_is_not_text_is_escaped_byte_by_byte()
    {
        Assert.Null(await _source.OpenAsync(RepositoryPath.FromBytes([(byte)'/', 0xff, 0xfe])));
        Assert.Equal("/files/%FF%FE", Assert.Single(_server.Requests).RawTarget);
    }

    [Fact]
    [Conforms("protocol", 134)]
    public async Task A_whole_file_is_verified_by_its_hash()
    {
        var hash = ContentHash.Compute(HashAlgorithmId.Sha1, s_content);
        Assert.Equal(s_content.Length, await _source.FetchAsync(hash, s_path, null, _store));
        Assert.True(await _store.ContainsAsync(new ObjectKey(hash)));
        Assert.Null(_server.Requests[0].Header("Range"));
        var other = ContentHash.Compute(HashAlgorithmId.Sha1, "other"u8);
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await _source.FetchAsync(other, s_path, null, _store));
        Assert.Equal(1, _store.Count);
    }

    [Fact]
    [Conforms("proxy", 7)]
    [Conforms("protocol", 134)]
    public async Task A_chunk_is_asked_for_by_its_range_and_verified_by_its_hash()
    {
        var hash = ContentHash.Compute(HashAlgorithmId.Sha1, s_content.AsSpan(100, 900));
        Assert.Equal(900, await _source.FetchAsync(hash, s_path, new ByteRange(100, 900), _store));
        Assert.Equal("bytes=100-999", Assert.Single(_server.Requests).Header("Range"));
        Assert.True(await _store.ContainsAsync(new ObjectKey(hash, ObjectSuffix.Partial)));
    }

    [Fact]
    [Conforms("proxy", 7)]
    [Conforms("protocol", 134)]
    public async Task A_server_that_answers_with_the_whole_file_or_another_part_is_refused()
    {
        var hash = ContentHash.Compute(HashAlgorithmId.Sha1, s_content.AsSpan(100, 900));
        _server.Fail("", Fault.Replace(s_content));
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.FetchAsync(hash, s_path, new ByteRange(100, 900), _store));
        foreach (string range in new[] { "bytes 0-899/10000", "bytes 100-998/10000", "" })
        {
            _server.Heal();
            _server.Fail("", Fault.Act(async (context, _) =>
            {
                context.Response.StatusCode = 206;
                context.Response.Headers.ContentRange = range;
                await context.Response.Body.WriteAsync(s_content.AsMemory(0, 900));
            }));
            await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.FetchAsync(hash, s_path, new ByteRange(100, 900), _store));
        }

        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public async Task What_the_server_lacks_is_absent()
        => Assert.Null(await _source.FetchAsync(ContentHash.Compute(HashAlgorithmId.Sha1, s_content), RepositoryPath.Parse("/none"), null, _store));

    [Fact]
    public async Task Wrong_bytes_are_asked_for_once_more_past_the_caches()
    {
        _server.Fail("", Fault.FlipBit(5), times: 1);
        await _source.FetchAsync(ContentHash.Compute(HashAlgorithmId.Sha1, s_content), s_path, null, _store);
        Assert.Equal([null, "no-cache"], _server.Requests.Select(request => request.Header("Pragma")));
    }
}
