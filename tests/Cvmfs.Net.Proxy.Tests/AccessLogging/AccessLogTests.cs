using System.Net;
using Cvmfs.Net.Proxy.AccessLogging;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Proxy.Tests.AccessLogging;

public sealed class AccessLogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "access.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_request_is_a_line_when_the_log_is_closed()
    {
        await using (var log = Open(new ProxyAccessLogOptions { File = Path }))
        {
            for (int i = 0; i < 1000; i++) log.Write(Request(i));
        }

        Assert.Equal(1000, File.ReadAllLines(Path).Length);
    }

    [Fact]
    public void A_file_that_is_long_is_put_aside_and_few_are_kept()
    {
        using var file = new AccessLogFile(new ProxyAccessLogOptions { File = Path, MaxBytes = 10, KeptFiles = 2 }, _clock);
        foreach (string line in new[] { "first", "second", "third", "fourth" }) file.Append(System.Text.Encoding.ASCII.GetBytes($"{line}....\n"));
        Assert.Equal(["fourth....\n", "third....\n", "second....\n"], new[] { Path, Path + ".1", Path + ".2" }.Select(File.ReadAllText));
        Assert.False(File.Exists(Path + ".3"));
    }

    [Fact]
    public void A_file_that_is_old_is_put_aside()
    {
        using var file = new AccessLogFile(new ProxyAccessLogOptions { File = Path, MaxAge = TimeSpan.FromHours(1) }, _clock);
        file.Append("a\n"u8);
        _clock.Advance(TimeSpan.FromMinutes(59));
        file.Append("b\n"u8);
        _clock.Advance(TimeSpan.FromMinutes(2));
        file.Append("c\n"u8);
        Assert.Equal(("c\n", "a\nb\n"), (File.ReadAllText(Path), File.ReadAllText(Path + ".1")));
    }

    [Fact]
    public void A_file_that_somebody_else_put_aside_is_begun_again()
    {
        using var file = new AccessLogFile(new ProxyAccessLogOptions { File = Path }, _clock);
        file.Append("old\n"u8);
        file.Follow();
        file.Append("same\n"u8);
        File.Move(Path, Path + ".rotated");
        file.Append("still the old one\n"u8);
        file.Follow();
        file.Append("new\n"u8);
        Assert.Equal(("new\n", "old\nsame\nstill the old one\n"), (File.ReadAllText(Path), File.ReadAllText(Path + ".rotated")));
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_loses_lines_and_nothing_else()
    {
        var log = Open(new ProxyAccessLogOptions { File = System.IO.Path.Combine(_folder.Path, "missing", "access.log") });
        for (int i = 0; i < 10; i++) log.Write(Request(i));
        await log.DisposeAsync();
        Assert.Equal((0, 10), (log.Written, log.Dropped));
    }

    [Fact]
    public async Task At_high_rates_a_few_stand_for_many()
    {
        await using var log = Open(new ProxyAccessLogOptions { File = Path, MaxLinesPerSecond = 10 });
        Assert.True(log.WantsNext);
        for (int i = 0; i < 5000; i++) log.Saw();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => log.WantsNext), 2, 100); // one in 500, by chance
        log.Write(Request(1));
        await log.DisposeAsync();
        Assert.Contains("\"sample\":500", File.ReadAllText(Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_settings_hold_from_the_next_line_on()
    {
        await using var log = Open(new ProxyAccessLogOptions());
        Assert.False(log.WantsNext);
        log.Apply(new ProxyAccessLogOptions { File = Path, Format = AccessLogFormat.Squid });
        Assert.True(log.WantsNext);
        log.Write(Request(7));
        await log.DisposeAsync();
        Assert.Contains(" TCP_HIT/200 7 GET /7 - ", File.ReadAllText(Path), StringComparison.Ordinal);
    }

    private AccessLog Open(ProxyAccessLogOptions options) => new(options, _clock, NullLogger.Instance);

    private static RequestRecord Request(int number) => new() { Client = IPAddress.Loopback, Method = "GET", Target = $"/{number}", Status = 200, Bytes = number };
}
