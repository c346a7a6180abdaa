using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Cvmfs.Net.Transport;

/// <summary>How an HTTP source talks to its server.</summary>
public sealed class HttpRepositorySourceOptions
{
    /// <summary>Connections to the server at once; further requests share them, or wait. Default 16, what the reference server gives a
    /// new replica. Not looked at where <see cref="Connections"/> is given, which has limits of its own.</summary>
    [Range(1, 4096)]
    public int MaxConnections { get; set; } = 16;

    /// <summary>Requests sent on one connection before the first of them is answered; 1 for one at a time. Default 16. Not looked at where
    /// <see cref="Connections"/> is given.</summary>
    [Range(1, 64)]
    public int MaxPipelineDepth { get; set; } = 16;

    /// <summary>Connections to share with other sources; not disposed with this one. Default null: connections of its own.</summary>
    public HttpConnections? Connections { get; set; }

    /// <summary>Whether callers go on in the loop of the connection that received their answer, rather than on a thread of their own. Spares two
    /// changes of thread for each of many small objects. Only for callers that never block and do no long work before they yield. Default
    /// false.</summary>
    public bool ContinueOnConnection { get; set; }

    /// <summary>Bounds on the bytes received a second; one object may be shared by many sources. Default: none.</summary>
    public IReadOnlyList<ByteRateLimit> RateLimits { get; set; } = [];

    /// <summary>Longest wait for a connection. Default 10 s, as the reference gives a new replica.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest silence, before the first byte of an answer and inside it. Default 10 s, as the reference gives a new replica.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Slowest transfer that is borne, in bytes per second averaged over <see cref="StallTimeout"/>. Default 1024, as the
    /// reference; 0 bears any.</summary>
    [Range(0, int.MaxValue)]
    public int MinBytesPerSecond { get; set; } = 1024;

    /// <summary>Whether 301, 302, 303 and 307 are followed, at most four in a row. Default false, as the reference's replication.</summary>
    public bool FollowRedirects { get; set; }

    /// <summary>The <c>User-Agent</c>. The default begins as every CernVM-FS client's does; servers tell clients by that.</summary>
    public string UserAgent { get; set; } = "cvmfs Cvmfs.Net " + (typeof(HttpRepositorySourceOptions).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>Forward proxy; null connects directly. The environment's proxy settings are not looked at.</summary>
    public IWebProxy? Proxy { get; set; }

    /// <summary>Sends the requests, in place of a handler of the source's own. It is not disposed with the source, and
    /// <see cref="ConnectTimeout"/> and <see cref="Proxy"/> are its own affair. Sharing one shares its connections.</summary>
    public HttpMessageHandler? Handler { get; set; }

    /// <summary>The clock of all time limits.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The same, through another proxy; null for none.</summary>
    internal HttpRepositorySourceOptions Through(Uri? proxy)
    {
        var copy = (HttpRepositorySourceOptions)MemberwiseClone();
        copy.Proxy = proxy is null ? null : new WebProxy(proxy) { Credentials = CredentialsOf(proxy) };
        return copy;
    }

    private static NetworkCredential? CredentialsOf(Uri proxy)
    {
        if (proxy.UserInfo.Length == 0) return null;
        string[] parts = proxy.UserInfo.Split(':', 2);
        return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    internal HttpConnections CreateConnections() => new(new HttpConnectionsOptions
    {
        MaxConnectionsPerServer = MaxConnections,
        MaxPipelineDepth = MaxPipelineDepth,
        ConnectTimeout = ConnectTimeout,
        StallTimeout = StallTimeout,
        MinBytesPerSecond = MinBytesPerSecond,
        TimeProvider = TimeProvider,
    });
}
