using System.Net;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

/// <summary>A pool whose names all lead to loopback, and what a transfer does with it.</summary>
internal sealed class PoolUnderTest : IDisposable
{
    public const string Repository = "x.example.org";

    public PoolUnderTest(Action<ProxyUpstreamOptions>? configure = null, TimeProvider? clock = null, bool allowPrivate = true, Dictionary<string, IPAddress[]>? names = null, string? listen = null)
    {
        Names = names ?? [];
        var options = new ProxyOptions();
        if (listen is not null) options.Listen.Add(listen);
        options.Upstream.AllowPrivateDestinations = allowPrivate;
        configure?.Invoke(options.Upstream);
        Assert.Empty(options.Upstream.Validate());
        Pool = new UpstreamPool(options, clock ?? TimeProvider.System, Resolve);
    }

    public UpstreamPool Pool { get; }

    /// <summary>Names that lead elsewhere than to 127.0.0.1.</summary>
    public Dictionary<string, IPAddress[]> Names { get; }

    /// <summary>What was tried for the last request.</summary>
    public List<UpstreamAttempt> Attempts { get; } = [];

    public static byte[] Object { get; } = Encoding.ASCII.GetBytes("an object");

    /// <summary>The answer with the object.</summary>
    public static string Right { get; } = RawUpstream.Ok("an object");

    public static ProxyRequest ObjectAt(Uri? server, ObjectKey? key = null) => At(server, $"/cvmfs/{Repository}/{ObjectPath.Of(key ?? ScriptedUpstream.KeyOf(Object))}");

    public static ProxyRequest ManifestAt(Uri? server) => At(server, $"/cvmfs/{Repository}/.cvmfspublished");

    public static ProxyRequest At(Uri? server, string path) => RequestClassifier.Classify((server is null ? "" : $"http://{server.Authority}") + path)!;

    /// <summary>An object of which a key on the ring is known: its hash begins with these bytes.</summary>
    public static ObjectKey KeyBeginning(byte first) => new(new ContentHash(HashAlgorithmId.Sha1, [first, .. new byte[19]]));

    /// <summary>Asks until there is an answer, as transfers do.</summary>
    public async Task<(string? Body, UpstreamProblem Problem)> AskAsync(ProxyRequest request, string expected = "an object", IPAddress? client = null)
    {
        Attempts.Clear();
        var plan = Pool.Candidates(request);
        while (plan.TryNext(out var attempt))
        {
            Assert.True(Attempts.Count < 20, "the plan does not end");
            Attempts.Add(attempt);
            using var answer = await Pool.SendAsync(attempt, HttpMethod.Get, bypassCaches: false, client, TestContext.Current.CancellationToken);
            if (answer.Status != 200) continue;
            try
            {
                string body = await ReadAsync(answer);
                if (body == expected)
                {
                    Pool.Succeeded(attempt);
                    return (body, default);
                }

                Pool.Failed(attempt, UpstreamFailure.Corrupt);
            }
            catch (UpstreamException cut)
            {
                Pool.Failed(attempt, cut.Failure);
            }
        }

        return (null, plan.Problem);
    }

    public void Dispose() => Pool.Dispose();

    private static async Task<string> ReadAsync(UpstreamAnswer answer)
    {
        var body = new StringBuilder();
        byte[] buffer = new byte[1024];
        for (int read; (read = await answer.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;) body.Append(Encoding.Latin1.GetString(buffer, 0, read));
        return body.ToString();
    }

    private Task<IPAddress[]> Resolve(string host, CancellationToken cancellationToken)
        => Task.FromResult(host.EndsWith(".invalid", StringComparison.Ordinal) ? [] : Names.GetValueOrDefault(host) ?? [IPAddress.Loopback]);
}
