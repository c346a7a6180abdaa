using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>The server behind the proxies, in a process of its own: synthetic objects, a manifest, delays, a rate, faults; and it counts.</summary>
internal sealed class OriginServer
{
    /// <summary>Mode of the child process.</summary>
    public const string RunMode = "proxy-origin";

    private const int PieceBytes = 64 << 10;

    private readonly Random _random = new(3);
    private FrozenDictionary<string, SyntheticObjects.Item> _items = FrozenDictionary<string, SyntheticObjects.Item>.Empty;
    private TimeSpan _delay;
    private long _bytesPerSecond;
    private bool _isFaulty;
    private long _requests;
    private long _bytes;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var origin = new OriginServer();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(arguments["urls"]);
        await using var app = builder.Build();
        app.Run(origin.AnswerAsync);
        await app.StartAsync();
        await app.WaitForShutdownAsync();
        return 0;
    }

    private Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        return path[1] == '_' ? ControlAsync(context, path[2..]) : path.EndsWith("/.cvmfspublished", StringComparison.Ordinal) ? ManifestAsync(context) : ObjectAsync(context, path);
    }

    /// <summary>What the measurement asks for: <c>/_load?of=…</c>, <c>/_set?delay=ms&amp;rate=bytes&amp;faults=0|1</c>, <c>/_count</c>, which begins to count anew.</summary>
    private async Task ControlAsync(HttpContext context, string verb)
    {
        var query = context.Request.Query;
        switch (verb)
        {
            case "load":
                _items = query["of"].ToString().Split(',').SelectMany(SyntheticObjects.Of).DistinctBy(item => item.Path).ToFrozenDictionary(item => item.Path);
                break;
            case "set":
                _delay = TimeSpan.FromMilliseconds(double.Parse(query["delay"]!, CultureInfo.InvariantCulture));
                _bytesPerSecond = long.Parse(query["rate"]!, CultureInfo.InvariantCulture);
                _isFaulty = query["faults"] == "1";
                break;
        }

        await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Exchange(ref _requests, 0)} {Interlocked.Exchange(ref _bytes, 0)}"));
    }

    private Task ManifestAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        string hash = new('a', 40);
        string letter = $"C{hash}\nB4096\nR{new string('d', 32)}\nD240\nS7\nGno\nAno\nN{SyntheticObjects.Repository}\nX{hash}\nT1700000000\n";
        byte[] text = [.. Encoding.ASCII.GetBytes($"{letter}--\n{Convert.ToHexStringLower(SHA1.HashData(Encoding.ASCII.GetBytes(letter)))}\n"), .. new byte[256]];
        context.Response.ContentLength = text.Length;
        context.Response.ContentType = "application/x-cvmfs";
        context.Response.Headers.CacheControl = "max-age=61";
        return context.Response.Body.WriteAsync(text, 0, text.Length);
    }

    private async Task ObjectAsync(HttpContext context, string path)
    {
        Interlocked.Increment(ref _requests);
        if (_delay > TimeSpan.Zero) await Task.Delay(_delay);
        var response = context.Response;
        if (!_items.TryGetValue(path, out var item))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var content = item.Content;
        int fault = _isFaulty ? Draw() : 100;
        if (fault is >= 5 and < 10)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        if (fault == 10)
        {
            byte[] flipped = content.ToArray();
            flipped[flipped.Length / 2] ^= 1;
            content = flipped;
        }

        response.ContentLength = content.Length;
        response.ContentType = "application/octet-stream";
        response.Headers.CacheControl = "max-age=259200";
        Interlocked.Add(ref _bytes, content.Length);
        if (fault < 5)
        {
            await response.Body.WriteAsync(content[..(content.Length / 2)]);
            await response.Body.FlushAsync();
            context.Abort();
            return;
        }

        if (_bytesPerSecond == 0)
        {
            await response.Body.WriteAsync(content);
            return;
        }

        for (int at = 0; at < content.Length; at += PieceBytes)
        {
            await response.Body.WriteAsync(content.Slice(at, Math.Min(PieceBytes, content.Length - at)));
            await Task.Delay(TimeSpan.FromSeconds((double)PieceBytes / _bytesPerSecond));
        }
    }

    private int Draw()
    {
        lock (_random) return _random.Next(100);
    }
}
