using System.ComponentModel.DataAnnotations;

namespace Cvmfs.Net.Transport;

/// <summary>How <see cref="HttpConnections"/> talks to servers.</summary>
public sealed class HttpConnectionsOptions
{
    /// <summary>Connections to one server at once. Default 16, what the reference server gives a new replica.</summary>
    [Range(1, 4096)]
    public int MaxConnectionsPerServer { get; set; } = 16;

    /// <summary>Connections to all servers at once; a server without any gets one all the same. Default 256.</summary>
    [Range(1, 65536)]
    public int MaxConnections { get; set; } = 256;

    /// <summary>Requests sent on one connection before the first of them is answered; 1 for one at a time. Default 16. A server that does not
    /// bear it is noticed and asked singly from then on.</summary>
    [Range(1, 64)]
    public int MaxPipelineDepth { get; set; } = 16;

    /// <summary>Requests on their way to one server at once, at the beginning. Default 64. It rises while answers come faster for it, up to
    /// <see cref="MaxConnectionsPerServer"/> times <see cref="MaxPipelineDepth"/>, and falls when the server fails or says that it has too much.</summary>
    [Range(1, 65536)]
    public int InitialRequestsPerServer { get; set; } = 64;

    /// <summary>Requests on their way to one server at once, at least. Default 4.</summary>
    [Range(1, 65536)]
    public int MinRequestsPerServer { get; set; } = 4;

    /// <summary>Longest wait for a connection. Default 10 s, as the reference gives a new replica.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest silence, before the first byte of an answer and inside it. Default 10 s, as the reference gives a new replica.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Slowest transfer that is borne, in bytes per second averaged over <see cref="StallTimeout"/>. Default 1024, as the
    /// reference; 0 bears any.</summary>
    [Range(0, int.MaxValue)]
    public int MinBytesPerSecond { get; set; } = 1024;

    /// <summary>How long a connection is kept that nobody uses. Default 15 s; servers close theirs after 5 to 75.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The clock of all time limits.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
