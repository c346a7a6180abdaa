using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Cvmfs.Net.Server;

/// <summary>Kestrel limits that fit a server of small GET requests from many clients.</summary>
public static class CvmfsServerLimits
{
    /// <summary>Sets limits: no request bodies, small headers, long keep-alive, no server header.</summary>
    /// <param name="kestrel">What to set.</param>
    /// <param name="maxConnections">Connections at once; null for no limit. Default 10,000, some thousand nodes behind a few proxies.</param>
    public static void UseCvmfsLimits(this KestrelServerOptions kestrel, long? maxConnections = 10_000)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.Limits.MaxConcurrentConnections = maxConnections;
        kestrel.Limits.MaxRequestBodySize = 0; // nothing here reads a body
        kestrel.Limits.MaxRequestLineSize = 8 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        // One client that does not read costs one response buffer, not one per request in its pipeline.
        kestrel.Limits.MaxResponseBufferSize = 128 << 10;
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
    }
}
