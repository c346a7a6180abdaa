namespace Cvmfs.Net.Proxy;

/// <summary>How long documents that change are kept, and which may be asked for: manifests, whitelists, geo answers, external data.</summary>
public sealed class ProxyDocumentOptions
{
    /// <summary>Servers whose other paths may be asked for, as external data of repositories; rules as in
    /// <see cref="ProxyOptions.AllowedDestinations"/>, which these need not repeat. Empty, the default: none.</summary>
    public IList<string> ExternalDestinations { get; } = [];

    /// <summary>Whether the upstreams of a reverse proxy may be asked for paths that CernVM-FS does not know. Default false.</summary>
    public bool AllowExternalOfUpstreams { get; set; }
}
