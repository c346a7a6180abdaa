namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Which settings a running proxy takes over.</summary>
internal static class LiveSettings
{
    /// <summary>Their names in files; <c>section.*</c> for whole sections. All others hold from the next start on.</summary>
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.Ordinal)
    {
        "clients.allowed", "clients.headTimeout", "clients.idleTimeout", "clients.minSendBytesPerSecond", "clients.sendRatePeriod", "clients.maxConnections",
        "clients.maxConnectionsPerAddress", "clients.tunnels", "clients.maxTunnels", "clients.tunnelIdleTimeout", "accessLog.*", "script.*", "tls.*", "admin.allowed", "admin.metricsFormat",
        "upstream.servers", "upstream.allowedDestinations", "upstream.connectTimeout", "upstream.stallTimeout", "upstream.unifiedView",
        "documents.externalDestinations", "documents.allowExternalOfUpstreams", "documents.rootFileLifetime", "documents.staleIfError", "documents.refreshFrom",
        "documents.rollbackHold", "documents.maxDocumentBytes", "documents.prefetch", "documents.prefetchBytesPerSecond", "documents.prefetchJitter",
        "storage.minFreeBytes", "storage.minFreeShare",
    };

    /// <summary>Copies what parts of the proxy read from the options they were made with, each time anew.</summary>
    public static void Copy(ProxyOptions from, ProxyOptions to)
    {
        var (source, target) = (from.Documents, to.Documents);
        target.RootFileLifetime = source.RootFileLifetime;
        target.StaleIfError = source.StaleIfError;
        target.RefreshFrom = source.RefreshFrom;
        target.RollbackHold = source.RollbackHold;
        target.MaxDocumentBytes = source.MaxDocumentBytes;
        target.Prefetch = source.Prefetch;
        target.PrefetchBytesPerSecond = source.PrefetchBytesPerSecond;
        target.PrefetchJitter = source.PrefetchJitter;
        to.Storage.MinFreeBytes = from.Storage.MinFreeBytes;
        to.Storage.MinFreeShare = from.Storage.MinFreeShare;
    }
}
