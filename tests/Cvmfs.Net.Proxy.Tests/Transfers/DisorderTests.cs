using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Proxy.Tests.Storage;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Tests.Transfers;

/// <summary>Everything at once: servers that break off and lie, a disk that fails, clients that leave, stall, ask for parts and end their side. Whatever
/// is whole must be right, and in the end nothing may be left behind.</summary>
public sealed class DisorderTests
{
    private const int Seed = 20_261_123;
    private const int Clients = 16;

    private static readonly byte[][] Objects = [.. Enumerable.Range(0, 40).Select(static i => ScriptedUpstream.BytesOf((i % 8) switch
    {
        0 => 300,
        1 => 5_000,
        2 => 30_000,
        3 => 66_000,
        4 => 200_000,
        5 => 900_000,
        6 => 1_300_000,
        _ => 3_000_000,
    } + i, i))];

    private readonly FailingFiles _files = new();
    private readonly ConcurrentDictionary<string, int> _endings = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact, Conforms("proxy", 98)]
    public Task Whole_answers_are_right_and_nothing_is_left_behind() => RunAsync(requests: 250, TimeSpan.MaxValue);

    [SlowFact]
    public Task Whole_answers_are_right_and_nothing_is_left_behind_after_a_minute() => RunAsync(int.MaxValue, TimeSpan.FromMinutes(1));

    private async Task RunAsync(int requests, TimeSpan atMost)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        using var folder = new TempFolder();
        await using var upstream = await ScriptedUpstream.StartAsync();
        var paths = Objects.ToDictionary(bytes => new Uri(upstream.UrlOf(bytes)).AbsolutePath);
        var faults = new Random(Seed);
        upstream.Answer = context => AnswerAsync(context, paths[context.Request.Path], faults);
        await using (var proxy = await RunningProxy.StartAsync(
            static options =>
            {
                (options.Storage.MaxBytes, options.Storage.MemoryBytes) = (16 << 20, 1 << 20);
                options.Storage.RetryInterval = TimeSpan.FromSeconds(1);
                (options.Storage.MinFreeBytes, options.Storage.MinFreeShare) = (0, 0);
            },
            cacheFolder: folder.Path,
            files: _files))
        {
            int begun = 0;
            long start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
            {
                await Task.Yield();
                var random = new Random(Seed + number);
                while (Stopwatch.GetElapsedTime(start) < atMost)
                {
                    int at = Interlocked.Increment(ref begun);
                    if (at > requests) return;
                    if (at % 100 == 0) SpoilDisk(at / 100);
                    await AskAsync(proxy, upstream, random);
                }
            }));
            SpoilDisk(0);
            while (proxy.Proxy.Status().Transfers > 0 || proxy.Proxy.Connections.Open > 0) await Task.Yield();
            await proxy.Proxy.FlushAsync();
            Assert.DoesNotContain(Descriptors(folder), static target => target.Contains("/staging/", StringComparison.Ordinal));
            Assert.True(_endings.GetValueOrDefault("right") > begun / 4, string.Join(", ", _endings));
        }

        Assert.Empty(Descriptors(folder)); // a lease that nobody gave back would keep one
    }

    /// <summary>Files below the folder that this process has open.</summary>
    private static List<string> Descriptors(TempFolder folder)
        => !OperatingSystem.IsLinux()
            ? []
            : [.. Directory.EnumerateFiles("/proc/self/fd").Select(static path => new FileInfo(path).LinkTarget ?? "").Where(target => target.StartsWith(folder.Path, StringComparison.Ordinal))];

    private void SpoilDisk(int kind)
    {
        _files.WriteFailure = kind % 4 == 1 ? static () => new IOException("No space left on device", 28) : kind % 8 == 3 ? static () => new InvalidOperationException("nobody foresaw this") : null;
        _files.FileFailure = kind % 4 == 2 ? static path => path[^1] % 3 == 0 ? new IOException("Input/output error") : null : null;
    }

    private static async Task AnswerAsync(HttpContext context, byte[] bytes, Random faults)
    {
        int kind;
        lock (faults) kind = faults.Next(20);
        if (kind == 0)
        {
            context.Response.StatusCode = 503;
            return;
        }

        if (kind == 1)
        {
            bytes = [.. bytes];
            bytes[bytes.Length / 3] ^= 4;
        }

        if (kind > 4) context.Response.ContentLength = bytes.Length; // otherwise in chunks
        await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        if (kind % 3 == 0) await context.Response.Body.FlushAsync();
        if (kind is 2 or 7) context.Abort();
        else await context.Response.Body.WriteAsync(bytes.AsMemory(bytes.Length / 2));
    }

    private async Task AskAsync(RunningProxy proxy, ScriptedUpstream upstream, Random random)
    {
        string ending;
        using var client = await RawClient.ConnectAsync(random.Next(6) == 0 ? proxy.PipelinePort : proxy.Port, receiveBuffer: random.Next(4) == 0 ? 4096 : 0);
        try
        {
            ending = await AskAsync(client, upstream, random);
        }
        catch (IOException)
        {
            ending = "broken off";
        }

        _endings.AddOrUpdate(ending, 1, static (_, count) => count + 1);
    }

    private static async Task<string> AskAsync(RawClient client, ScriptedUpstream upstream, Random random)
    {
        for (int requests = random.Next(1, 4); ; requests--)
        {
            byte[] content = Objects[(int)(Objects.Length * random.NextDouble() * random.NextDouble())];
            int kind = random.Next(10);
            var (from, to) = (random.Next(content.Length), random.Next(content.Length));
            if (from > to) (from, to) = (to, from);
            string more = kind switch
            {
                0 or 1 => $"Range: bytes={from}-{to}\r\n",
                2 => "Cache-Control: no-cache\r\n",
                _ => "",
            };
            await client.SendAsync(RawClient.Get(upstream.UrlOf(content), more));
            if (kind == 3) return "gone at once";
            if (kind == 4) client.EndItsSide();
            string head = await client.ReadHeadAsync();
            while (head.StartsWith("HTTP/1.1 102", StringComparison.Ordinal)) head = await client.ReadHeadAsync();
            string status = head[9..12];
            if (status is not ("200" or "206")) return status;
            if (kind == 5)
            {
                await client.ReadAsync(content.Length / 4);
                return "gone in the middle";
            }

            byte[] expected = status == "206" ? content[from..(to + 1)] : content;
            Assert.Equal(status == "206", head.Contains(string.Create(CultureInfo.InvariantCulture, $"\r\nContent-Range: bytes {from}-{to}/{content.Length}\r\n"), StringComparison.Ordinal));
            byte[] body = head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase) ? await client.ReadChunksAsync() : await ReadSlowlyAsync(client, head, kind == 6);
            Assert.True(expected.AsSpan().SequenceEqual(body), $"{status}, {body.Length} bytes of {expected.Length}, which are not the object");
            if (kind == 4) Assert.Equal((0, false), await client.ReadToEndAsync());
            if (kind == 4 || requests <= 1 || head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase)) return "right";
        }
    }

    private static async Task<byte[]> ReadSlowlyAsync(RawClient client, string head, bool isSlow)
    {
        int length = int.Parse(head.Split("\r\n").Single(static line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))["Content-Length: ".Length..], CultureInfo.InvariantCulture);
        if (!isSlow) return await client.ReadAsync(length);
        byte[] body = new byte[length];
        for (int at = 0; at < length;)
        {
            byte[] piece = await client.ReadAsync(Math.Min(10_000, length - at));
            piece.CopyTo(body, at);
            at += piece.Length;
            await Task.Yield();
        }

        return body;
    }
}
