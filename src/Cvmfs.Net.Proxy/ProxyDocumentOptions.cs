using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy;

/// <summary>How long documents that change are kept, and which may be asked for: manifests, whitelists, geo answers, external data.</summary>
public sealed class ProxyDocumentOptions
{
    /// <summary>Servers whose other paths may be asked for, as external data of repositories; rules as in
    /// <see cref="ProxyUpstreamOptions.AllowedDestinations"/>, which these need not repeat. Empty, the default: none.</summary>
    public IList<string> ExternalDestinations { get; } = [];

    /// <summary>Whether the upstreams of a reverse proxy may be asked for paths that CernVM-FS does not know. Default false.</summary>
    public bool AllowExternalOfUpstreams { get; set; }

    /// <summary>Longest life of a root file, from the server on through all caches. Default 61 s, what servers send for it; up to 5 min.</summary>
    public TimeSpan RootFileLifetime { get; set; } = TimeSpan.FromSeconds(61);

    /// <summary>How long past its life a document stands in while its server fails. Default 10 min, up to 1 h; longer would hide a dead server
    /// from clients.</summary>
    public TimeSpan StaleIfError { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Part of its life after which a document that is asked for is fetched ahead, 0 to 1. Default 0.8; 1 for never.</summary>
    public double RefreshFrom { get; set; } = 0.8;

    /// <summary>How long a lower revision is taken for a server that is behind, rather than for a repository that was set back. Default 15 min,
    /// up to 1 day.</summary>
    public TimeSpan RollbackHold { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Longest document that is kept, in bytes. Default 1 MiB, what clients read into memory at most. Longer ones pass through.</summary>
    public int MaxDocumentBytes { get; set; } = 1 << 20;

    /// <summary>Most documents that are kept of each sort: root files, and all others. Default 20,000.</summary>
    public int MaxDocuments { get; set; } = 20_000;

    /// <summary>Bytes that documents of each sort may take. Default 64 MiB.</summary>
    public long MaxBytes { get; set; } = 64L << 20;

    /// <summary>Files with public master keys (PEM). With any, a manifest passes only if its whole chain of trust holds: repositories signed by
    /// other keys are then refused. Empty, the default: only the form of manifests is checked, clients check the rest.</summary>
    public IList<string> MasterKeyFiles { get; } = [];

    /// <summary>What is fetched ahead when a new revision is seen. Default its root catalog, certificate and whitelist.</summary>
    public PrefetchMode Prefetch { get; set; } = PrefetchMode.RootCatalog;

    /// <summary>Bytes a second that fetching ahead may take on average. Default 10 MB/s.</summary>
    public long PrefetchBytesPerSecond { get; set; } = 10_000_000;

    /// <summary>Longest random wait before nested catalogs are fetched ahead, so that many proxies do not ask at once. Default 20 s.</summary>
    public TimeSpan PrefetchJitter { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>What is wrong with the settings, each as <c>Documents:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
    {
        string[] ranges =
        [
            .. OptionRange.Check("Documents:RootFileLifetime", RootFileLifetime, TimeSpan.Zero, TimeSpan.FromMinutes(5)),
            .. OptionRange.Check("Documents:StaleIfError", StaleIfError, TimeSpan.Zero, TimeSpan.FromHours(1)),
            .. OptionRange.Check("Documents:RollbackHold", RollbackHold, TimeSpan.Zero, TimeSpan.FromDays(1)),
            .. OptionRange.Check("Documents:PrefetchJitter", PrefetchJitter, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
        ];
        foreach (string failure in ranges) yield return failure;
        foreach (string rule in ExternalDestinations.Where(static text => !DestinationRule.IsRule(text)))
        {
            yield return $"Documents:ExternalDestinations: \"{rule}\" is no host, no host:port and no pattern.";
        }

        if (RefreshFrom is not (>= 0 and <= 1)) yield return $"Documents:RefreshFrom: {RefreshFrom} is not between 0 and 1.";
        if (MaxDocumentBytes is < 4096 or > 64 << 20) yield return $"Documents:MaxDocumentBytes: {MaxDocumentBytes} is not between 4096 and {64 << 20}.";
        if (MaxDocuments < 16) yield return $"Documents:MaxDocuments: {MaxDocuments} is less than 16.";
        if (MaxBytes < MaxDocumentBytes) yield return $"Documents:MaxBytes: {MaxBytes} is less than one document may have, {MaxDocumentBytes}.";
        if (PrefetchBytesPerSecond < 1024) yield return $"Documents:PrefetchBytesPerSecond: {PrefetchBytesPerSecond} is less than 1024.";
        foreach (string file in MasterKeyFiles.Where(static file => !File.Exists(file))) yield return $"Documents:MasterKeyFiles: \"{file}\" is not there.";
    }
}
