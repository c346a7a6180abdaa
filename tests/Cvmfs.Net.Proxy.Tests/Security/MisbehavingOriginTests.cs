using Cvmfs.Net.Proxy.Tests.Upstreams;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>Servers that answer in good HTTP with what nobody asked for.</summary>
public sealed class MisbehavingOriginTests
{
    private const string Part = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n";
    private const string Zipped = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n";
    private const string Unchanged = "HTTP/1.1 304 Not Modified\r\n\r\n";
    private const string Nothing = "HTTP/1.1 204 No Content\r\n\r\n";
    private const string Page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
    private const string Moved = "HTTP/1.1 308 Permanent Redirect\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData(".cvmfspublished", Part)]
    [InlineData(".cvmfspublished", Zipped)]
    [InlineData(".cvmfspublished", Unchanged)]
    [InlineData(".cvmfspublished", Nothing)]
    [InlineData(".cvmfspublished", Page)]
    [InlineData(".cvmfswhitelist", Page)]
    [InlineData(".cvmfs_status.json", Part)]
    [InlineData(".cvmfs_status.json", Zipped)]
    [InlineData(".cvmfs_status.json", Page)]
    [InlineData("data/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", Part)]
    [InlineData("data/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", Zipped)]
    [InlineData("data/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", Unchanged)]
    [InlineData("data/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", Nothing)]
    [InlineData("data/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", Moved)]
    [InlineData("data/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", Page)]
    public async Task What_nobody_asked_for_is_no_answer(string name, string answer)
    {
        foreach (string more in (string[])["", "Authorization: Basic eDp5\r\n", "Cache-Control: no-store\r\n"]) // the others are passed through
        {
            await using var upstream = new RawUpstream(async talk =>
            {
                while (await talk.ReadRequestAsync() is not null) await talk.SayAsync(answer + (answer == Part || answer == Zipped ? "{}" : ""));
            });
            await using var proxy = await RunningProxy.StartAsync();
            if (more.Length > 0 && answer == Page) continue; // whoever wants nothing kept gets what the server says
            for (int round = 0; round < 2; round++)
            {
                string told = await proxy.SendRawAsync($"GET {upstream.Url}cvmfs/a.example.org/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n");
                Assert.True(told.StartsWith("HTTP/1.1 50", StringComparison.Ordinal) || told.Length == 0, $"{more}: {told}");
                Assert.DoesNotContain("{}", told, StringComparison.Ordinal);
                Assert.DoesNotContain("<html>", told, StringComparison.Ordinal);
            }

            Assert.Equal(0, proxy.Proxy.CachedObjects);
        }
    }
}
