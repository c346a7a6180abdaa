namespace Cvmfs.Net.Proxy.Routing;

/// <summary>What a request asks for; decides how it is cached.</summary>
internal enum RequestKind
{
    /// <summary>An object, under its own name or an alternative one: immutable, checked by its name.</summary>
    Object,

    /// <summary>A manifest: a lifetime, and a form that can be checked.</summary>
    Manifest,

    /// <summary>A whitelist: a lifetime, and a form that can be checked.</summary>
    Whitelist,

    /// <summary>Another file next to the manifest: a lifetime only.</summary>
    RootFile,

    /// <summary>A document about the server.</summary>
    ServerDocument,

    /// <summary>An answer of the geo API.</summary>
    Geo,

    /// <summary>A script that tells clients their proxies.</summary>
    ProxyScript,

    /// <summary>Anything else: data that a repository names but does not hold. Served only where the destination is allowed for that.</summary>
    External,
}
