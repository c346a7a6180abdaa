using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy;

/// <summary>How long documents that change are kept, and which may be asked for: manifests, whitelists, geo answers, external data.</summary>
public sealed class ProxyDocumentOptions
{
    /// <summary>Longest life of a root file, at most 5 min. Default 61 s, what servers send for it.</summary>
    public TimeSpan RootFileLifetime { get; set; } = TimeSpan.FromSeconds(61);

    /// <summary>How long past its life a root file stands in while its server fails, at most 1 h. Default 10 min; longer would hide a dead server from clients.</summary>
    public TimeSpan StaleIfError { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Servers whose other paths may be asked for, as external data of repositories; rules as in
    /// <see cref="ProxyUpstreamOptions.AllowedDestinations"/>, which these need not repeat. Empty, the default: none.</summary>
    public IList<string> ExternalDestinations { get; } = [];

    /// <summary>Whether the upstreams of a reverse proxy may be asked for paths that CernVM-FS does not know. Default false.</summary>
    public bool AllowExternalOfUpstreams { get; set; }

    /// <summary>What is wrong with the settings, each as <c>Documents:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
        => OptionRange.Check("Documents:RootFileLifetime", RootFileLifetime, TimeSpan.Zero, TimeSpan.FromMinutes(5))
            .Concat(OptionRange.Check("Documents:StaleIfError", StaleIfError, TimeSpan.Zero, TimeSpan.FromHours(1)))
            .Concat(ExternalDestinations.Where(text => !DestinationRule.IsRule(text))
                .Select(text => $"Documents:ExternalDestinations: \"{text}\" is no host, no host:port and no pattern."));
}
