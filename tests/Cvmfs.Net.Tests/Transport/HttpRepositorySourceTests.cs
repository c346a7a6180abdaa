using System.Net;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class HttpRepositorySourceTests : IAsyncLifetime
{
    private const string Repository = "test.example.org";
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 11))];
    private static readonly ObjectKey s_key = new(ContentHash.Compute(HashAlgorithmId.Sha1, s_content));

    private readonly FakeClock _clock = new();
    private FakeStratum _stratum = null!;
    private HttpRepositorySource _source = null!;

    public async ValueTask InitializeAsync()
    {
        _stratum = await FakeStratum.StartAsync();
        var store = new MemoryObjectStore();
        await store.PutAsync(s_key, s_content);
        _stratum.MountRepository(Repository, store, new Dictionary<string, byte[]> { [RootFileNames.Manifest] = s_content });
        _source = Open(_ => { });
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _stratum.DisposeAsync();
    }

    [Fact]
    [Conforms("proxy", 3)]
    [Conforms("proxy", 4)]
    [Conforms("proxy", 6)]
    [Conforms("protocol", 64)]
    [Conforms("protocol", 131)]
    public async Task A_request_asks_for_no_coding_and_depends_on_no_validator()
    {
        await ReadAsync(_source);
        var request = Assert.Single(_stratum.Requests);
        Assert.Equal("GET", request.Method);
        Assert.Equal($"/cvmfs/{Repository}/data/{s_key.Hash.ToString()[..2]}/{s_key.Hash.ToString()[2..]}", request.RawTarget);
        Assert.StartsWith("cvmfs ", request.Header("User-Agent"));
        foreach (string absent in new[] { "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range", "Pragma", "Cache-Control", "Cookie", "Expect", "TE" })
        {
            Assert.Null(request.Header(absent));
        }
    }

    [Fact]
    [Conforms("proxy", 5)]
    public async Task Bypassing_caches_sends_both_headers()
    {
        await using var body = await _source.OpenObjectAsync(s_key, FetchMode.BypassCaches);
        Assert.Equal("no-cache", _stratum.Requests[0].Header("Pragma"));
        Assert.Equal("no-cache", _stratum.Requests[0].Header("Cache-Control"));
    }

    [Fact]
    public async Task Existence_is_asked_with_HEAD()
    {
        Assert.True(await _source.RootFileExistsAsync(RootFileNames.Manifest));
        Assert.Equal("HEAD", Assert.Single(_stratum.Requests).Method);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Absence_is_told_by_two_statuses(int status)
    {
        _stratum.Fail("", Fault.Status(status));
        Assert.Null(await _source.OpenObjectAsync(s_key));
        Assert.Null(await _source.OpenRootFileAsync(RootFileNames.Manifest));
        Assert.False(await _source.RootFileExistsAsync(RootFileNames.Manifest));
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(407, false)]
    [InlineData(416, false)]
    [InlineData(301, false)]
    [InlineData(304, false)]
    [InlineData(308, false)]
    [InlineData(204, false)]
    [InlineData(206, false)]
    [InlineData(501, false)]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    public async Task Every_other_status_is_a_failure_that_may_or_may_not_pass(int status, bool isTransient)
    {
        _stratum.Fail("", Fault.Status(status));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
        Assert.Equal((HttpStatusCode)status, fault.Status);
        Assert.Equal(isTransient, fault.IsTransient);
        Assert.Contains(ObjectPath.Of(s_key), fault.Message);
    }

    [Theory]
    [Conforms("proxy", 32)]
    [InlineData("7", 7)]
    [InlineData("Thu, 01 Jan 2026 00:01:30 GMT", 90)]
    [InlineData("Thu, 01 Jan 2015 00:00:00 GMT", 0)]
    [InlineData("soon", null)]
    [InlineData("-5", null)]
    [InlineData("99999999999999999999", null)]
    public async Task The_wish_of_a_busy_server_is_understood_or_ignored(string retryAfter, int? seconds)
    {
        _stratum.Fail("", Fault.Status(503, ("Retry-After", retryAfter)));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
        Assert.Equal(seconds is { } wish ? TimeSpan.FromSeconds(wish) : null, fault.RetryAfter);
    }

    [Theory]
    [Conforms("protocol", 64)]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate, gzip")]
    public async Task An_encoded_answer_is_refused(string coding)
    {
        _stratum.Fail("", Fault.Headers(("Content-Encoding", coding)));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
        Assert.Contains(coding, fault.Message);
    }

    [Theory]
    [Conforms("proxy", 34)]
    [InlineData("X-Squid-Error", "ERR_DNS_FAIL 0")]
    [InlineData("Proxy-Status", "squid; error=dns_error")]
    public async Task A_proxy_that_complains_is_not_taken_for_the_server(string name, string value)
    {
        _stratum.Fail("", Fault.Status(404, (name, value)));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
        Assert.True(fault.IsTransient);
    }

    [Fact]
    [Conforms("proxy", 35)]
    public async Task Redirects_are_not_followed_unless_allowed()
    {
        string there = $"/cvmfs/{Repository}/{RootFileNames.Manifest}";
        _stratum.Fail(ObjectPath.Of(s_key), Fault.Redirect(there));
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
        await using var following = Open(options => options.FollowRedirects = true);
        Assert.Equal(s_content, await ReadAsync(following));
    }

    [Theory]
    [Conforms("proxy", 35)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task Four_redirects_in_a_row_are_followed_and_not_five(int hops, bool arrives)
    {
        _stratum.Fail(ObjectPath.Of(s_key), Fault.Redirect($"/cvmfs/{Repository}/{ObjectPath.Of(s_key)}", 307), times: hops);
        await using var following = Open(options => options.FollowRedirects = true);
        if (arrives) Assert.Equal(s_content, await ReadAsync(following));
        else await Assert.ThrowsAsync<CvmfsTransportException>(async () => await following.OpenObjectAsync(s_key));
    }

    [Fact]
    public async Task A_redirect_out_of_the_web_is_not_followed()
    {
        _stratum.Fail("", Fault.Redirect("file:///etc/passwd"));
        await using var following = Open(options => options.FollowRedirects = true);
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await following.OpenObjectAsync(s_key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99_999)]
    public async Task A_body_that_breaks_off_never_ends_normally(int after)
    {
        _stratum.Fail("", Fault.BreakAfter(after));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(() => ReadAsync(_source));
        Assert.True(fault.IsTransient);
    }

    [Fact]
    public async Task A_body_shorter_than_announced_never_ends_normally()
    {
        _stratum.Fail("", Fault.AnnounceLength(s_content.Length + 1));
        Assert.True((await Assert.ThrowsAsync<CvmfsTransportException>(() => ReadAsync(_source))).IsTransient);
    }

    [Fact]
    public async Task A_refused_connection_is_transient()
    {
        await _stratum.DisposeAsync();
        Assert.True((await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key))).IsTransient);
        _stratum = await FakeStratum.StartAsync();
    }

    [Fact]
    public async Task A_reset_before_the_answer_is_transient()
    {
        _stratum.Fail("", Fault.Reset());
        Assert.True((await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key))).IsTransient);
    }

    [Fact]
    [Conforms("proxy", 10)]
    public async Task Silence_before_the_answer_ends_after_the_stall_timeout_and_is_not_the_callers_cancellation()
    {
        var gate = new Gate();
        _stratum.Fail("", Fault.StallBefore(gate));
        using var caller = new CancellationTokenSource();
        var opening = _source.OpenObjectAsync(s_key, cancellationToken: caller.Token).AsTask();
        await gate.Reached;
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(opening.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(() => opening);
        Assert.True(fault.IsTransient);
        Assert.IsType<TimeoutException>(fault.InnerException);
    }

    [Fact]
    public async Task Silence_inside_a_body_ends_after_the_stall_timeout()
    {
        var gate = new Gate();
        _stratum.Fail("", Fault.StallAfter(1000, gate));
        await using var body = await _source.OpenObjectAsync(s_key);
        await body!.Stream.ReadExactlyAsync(new byte[1000]);
        var reading = body.Stream.ReadAsync(new byte[1000]).AsTask();
        await _clock.WhenTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True((await Assert.ThrowsAsync<CvmfsTransportException>(() => reading)).IsTransient);
    }

    [Fact]
    public async Task A_pause_of_the_reader_is_no_silence_of_the_server()
    {
        await using var body = await _source.OpenObjectAsync(s_key);
        await body!.Stream.ReadExactlyAsync(new byte[1000]);
        _clock.Advance(TimeSpan.FromHours(1));
        byte[] rest = new byte[s_content.Length - 1000];
        await body.Stream.ReadExactlyAsync(rest);
        Assert.Equal(s_content[1000..], rest);
    }

    [Fact]
    public async Task The_callers_cancellation_stays_a_cancellation()
    {
        var gate = new Gate();
        _stratum.Fail("", Fault.StallBefore(gate));
        using var caller = new CancellationTokenSource();
        var opening = _source.OpenObjectAsync(s_key, cancellationToken: caller.Token).AsTask();
        await gate.Reached;
        await caller.CancelAsync();
        var fault = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        Assert.Equal(caller.Token, fault.CancellationToken);
    }

    [Fact]
    public async Task The_callers_cancellation_reaches_a_body_that_waits()
    {
        _stratum.Fail("", Fault.StallAfter(10, new Gate()));
        using var caller = new CancellationTokenSource();
        await using var body = await _source.OpenObjectAsync(s_key);
        await body!.Stream.ReadExactlyAsync(new byte[10]);
        var reading = body.Stream.ReadAsync(new byte[10], caller.Token).AsTask();
        await _clock.WhenTimersAsync(1);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    [Conforms("proxy", 10)]
    public async Task A_creeping_body_is_given_up_though_it_is_never_silent()
    {
        using var pieces = new SemaphoreSlim(0);
        _stratum.Fail("", Fault.Drip(10, pieces));
        await using var body = await _source.OpenObjectAsync(s_key);
        byte[] buffer = new byte[1000];
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                var reading = body!.Stream.ReadAsync(buffer).AsTask();
                await _clock.WhenTimersAsync(1);
                _clock.Advance(TimeSpan.FromSeconds(5)); // half of the silence that is borne
                pieces.Release();
                await reading;
            }
        });
        Assert.Contains("too slow", fault.Message);
    }

    [Fact]
    [Conforms("proxy", 9)]
    public async Task No_more_requests_are_in_flight_than_allowed_and_waiting_for_one_is_no_silence()
    {
        var gate = new Gate();
        _stratum.Fail("", Fault.StallAfter(10, gate), times: 1);
        await using var narrow = Open(options => options.MaxConnections = 1);
        var first = await narrow.OpenObjectAsync(s_key);
        var second = ReadAsync(narrow);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(second.IsCompleted);
        Assert.Single(_stratum.Requests);
        await first!.DisposeAsync();
        Assert.Equal(s_content, await second);
        Assert.Equal(16, new HttpRepositorySourceOptions().MaxConnections);
    }

    [Theory]
    [Conforms("proxy", 11)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")]
    public async Task Interim_answers_are_passed_over(string interim)
    {
        await using var server = new RawServer(interim + "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        await using var source = new HttpRepositorySource(new Uri(server.BaseUrl, "/cvmfs/x.example.org"));
        Assert.Equal("abc"u8.ToArray(), await source.ReadRootFileAsync(RootFileNames.Manifest));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")] // no last chunk
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("ICY 200 OK\r\n\r\nabc")]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("220 ftp.example.org ready\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nBad Header\r\nContent-Length: 3\r\n\r\nabc")]
    public async Task An_answer_that_is_not_proper_HTTP_is_a_typed_failure(string answer)
    {
        await using var server = new RawServer(answer);
        await using var source = new HttpRepositorySource(new Uri(server.BaseUrl, "/cvmfs/x.example.org"));
        await Assert.ThrowsAsync<CvmfsTransportException>(() => ReadAsync(source));
    }

    [Fact]
    public async Task Endless_headers_are_a_typed_failure()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nX-Much: " + new string('a', 1 << 20) + "\r\n\r\n");
        await using var source = new HttpRepositorySource(new Uri(server.BaseUrl, "/cvmfs/x.example.org"));
        await Assert.ThrowsAsync<CvmfsTransportException>(() => ReadAsync(source));
    }

    [Fact]
    [Conforms("protocol", 57)]
    public async Task A_root_file_that_is_too_long_is_refused_announced_or_not()
    {
        byte[] large = new byte[RepositorySource.MaxInMemoryBytes + 1];
        _stratum.Fail("", Fault.Replace(large), times: 1);
        _stratum.Fail("", Fault.Endless(), first: 2);
        for (int i = 0; i < 2; i++)
        {
            var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.ReadRootFileAsync(RootFileNames.Manifest));
            Assert.False(fault.IsTransient);
        }
    }

    [Theory]
    [InlineData("ftp://host/cvmfs/x")]
    [InlineData("/cvmfs/x")]
    [InlineData("http://host/cvmfs/x?y=z")]
    [InlineData("http://host/cvmfs/x#y")]
    public void What_is_no_repository_url_is_refused(string url)
        => Assert.Throws<ArgumentException>(() => new HttpRepositorySource(new Uri(url, UriKind.RelativeOrAbsolute)));

    private static async Task<byte[]> ReadAsync(HttpRepositorySource source)
    {
        await using var body = await source.OpenObjectAsync(s_key);
        using var copy = new MemoryStream();
        await body!.Stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    private HttpRepositorySource Open(Action<HttpRepositorySourceOptions> change)
    {
        var options = new HttpRepositorySourceOptions { TimeProvider = _clock };
        change(options);
        return new HttpRepositorySource(_stratum.UrlOf(Repository), options);
    }
}
