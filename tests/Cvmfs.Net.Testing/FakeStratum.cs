using System.Collections.Concurrent;
using System.Net;
using Cvmfs.Net.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Testing;

/// <summary>A web server in this process that serves repositories, and misbehaves on request. Listens on a free port of 127.0.0.1.</summary>
/// <remarks>It is deliberately not the product's server: what it sends is decided here and in <see cref="Fault"/> alone. Thread-safe.</remarks>
public sealed class FakeStratum : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly Lock _lock = new();
    private readonly List<Script> _scripts = [];
    private readonly List<(string Prefix, Func<string, ValueTask<byte[]?>> Read)> _mounts = [];
    private readonly ConcurrentQueue<FakeRequest> _requests = new();

    private FakeStratum(WebApplication server) => _server = server;

    /// <summary>Such as <c>http://127.0.0.1:12345</c>.</summary>
    public Uri BaseUrl { get; private set; } = null!;

    /// <summary>Everything that was asked, in order.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    /// <summary>Starts a server that has nothing yet.</summary>
    public static async Task<FakeStratum> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
        });
        var stratum = new FakeStratum(builder.Build());
        stratum._server.Run(stratum.AnswerAsync);
        await stratum._server.StartAsync();
        stratum.BaseUrl = new Uri(stratum._server.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return stratum;
    }

    /// <summary>URL of a repository.</summary>
    public Uri UrlOf(string repository) => new(BaseUrl, $"/cvmfs/{repository}");

    /// <summary>Serves a folder as a repository; read anew for each request.</summary>
    public void MountRepository(string repository, string folder) => MountFolder($"/cvmfs/{repository}/", folder);

    /// <summary>Serves a folder below any path; read anew for each request.</summary>
    public void MountFolder(string prefix, string folder) => Mount(prefix, async path =>
    {
        string file = Path.GetFullPath(Path.Combine(folder, path));
        return File.Exists(file) ? await File.ReadAllBytesAsync(file) : null;
    });

    /// <summary>Serves a store and root files as a repository; read anew for each request.</summary>
    public void MountRepository(string repository, IObjectStore store, IReadOnlyDictionary<string, byte[]> rootFiles)
        => Mount($"/cvmfs/{repository}/", async path =>
        {
            if (rootFiles.TryGetValue(path, out byte[]? bytes)) return bytes;
            if (!ObjectPath.TryParse(path, out var key) || await store.OpenReadAsync(key) is not { } stored) return null;
            await using var _ = stored;
            using var copy = new MemoryStream();
            await stored.CopyToAsync(copy);
            return copy.ToArray();
        });

    /// <summary>Serves whatever a function finds below a path.</summary>
    public void Mount(string prefix, Func<string, ValueTask<byte[]?>> read)
    {
        lock (_lock) _mounts.Add((prefix, read));
    }

    /// <summary>Misbehaves for some of the requests whose path ends so.</summary>
    /// <param name="pathEnd">End of the path, such as <c>.cvmfspublished</c>; empty for every request.</param>
    /// <param name="fault">What to do.</param>
    /// <param name="first">Which matching request is the first to suffer, from 1.</param>
    /// <param name="times">How many suffer.</param>
    public void Fail(string pathEnd, Fault fault, int first = 1, int times = int.MaxValue)
    {
        lock (_lock) _scripts.Add(new Script(pathEnd, fault, first, times));
    }

    /// <summary>Forgets all faults.</summary>
    public void Heal()
    {
        lock (_lock) _scripts.Clear();
    }

    /// <summary>How many requests had a path with this end.</summary>
    public int Count(string pathEnd) => _requests.Count(request => request.RawTarget.EndsWith(pathEnd, StringComparison.Ordinal));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero); // stalled answers must not hold up the end of a test
        await _server.StopAsync(atOnce.Token);
        await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        _requests.Enqueue(new FakeRequest(
            context.Request.Method, target, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));

        string path = context.Request.Path.Value ?? "/";
        byte[]? body = await ReadAsync(path);
        try
        {
            if (FaultFor(path) is { } fault) await fault.ActAsync(context, body);
            else await AnswerProperlyAsync(context, body);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client gave up, as the test wanted.
        }
    }

    private static async Task AnswerProperlyAsync(HttpContext context, byte[]? body)
    {
        if (body is null)
        {
            context.Response.StatusCode = 404;
            return;
        }

        if (context.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault() is { From: { } from, To: { } to } && from < body.Length)
        {
            long last = Math.Min(to, body.Length - 1);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{last}/{body.Length}";
            body = body[(int)from..(int)(last + 1)];
        }

        await Fault.SendAsync(context, body);
    }

    private async ValueTask<byte[]?> ReadAsync(string path)
    {
        (string Prefix, Func<string, ValueTask<byte[]?>> Read)[] mounts;
        lock (_lock) mounts = [.. _mounts];
        foreach (var (prefix, read) in mounts)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal) && await read(path[prefix.Length..]) is { } bytes) return bytes;
        }

        return null;
    }

    private Fault? FaultFor(string path)
    {
        lock (_lock)
        {
            Fault? chosen = null;
            foreach (var script in _scripts)
            {
                if (path.EndsWith(script.PathEnd, StringComparison.Ordinal) && script.IsDue()) chosen ??= script.Fault;
            }

            return chosen;
        }
    }

    private sealed class Script(string pathEnd, Fault fault, int first, int times)
    {
        private int _seen;

        public string PathEnd { get; } = pathEnd;

        public Fault Fault { get; } = fault;

        public bool IsDue() => ++_seen >= first && _seen - first < times;
    }
}
