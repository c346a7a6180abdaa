using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>What was asked for, as a small closed set of words for metrics and logs.</summary>
internal enum Endpoint
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>A manifest.</summary>
    Manifest,

    /// <summary>A whitelist.</summary>
    Whitelist,

    /// <summary>A catalog.</summary>
    Catalog,

    /// <summary>A file or a part of one.</summary>
    Chunk,

    /// <summary>A certificate.</summary>
    Certificate,

    /// <summary>A database of tags.</summary>
    History,

    /// <summary>The object that describes a repository.</summary>
    Metainfo,

    /// <summary>A geo request.</summary>
    Geo,

    /// <summary>A document about a server.</summary>
    Info,

    /// <summary>How a server is, asked in nobody's name.</summary>
    Probe,
}

/// <summary>Words for endpoints.</summary>
internal static class EndpointName
{
    /// <summary>How many there are.</summary>
    public const int Count = (int)Endpoint.Probe + 1;

    private static readonly string[] Names = ["other", "manifest", "whitelist", "catalog", "chunk", "certificate", "history", "metainfo", "geo", "info", "probe"];

    /// <summary>The endpoint of a request.</summary>
    public static Endpoint Of(RequestKind kind, ObjectSuffix suffix) => kind switch
    {
        RequestKind.Object when suffix == ObjectSuffix.Catalog => Endpoint.Catalog,
        RequestKind.Object when suffix == ObjectSuffix.Certificate => Endpoint.Certificate,
        RequestKind.Object when suffix == ObjectSuffix.History => Endpoint.History,
        RequestKind.Object when suffix == ObjectSuffix.MetaInfo => Endpoint.Metainfo,
        RequestKind.Object => Endpoint.Chunk,
        RequestKind.Manifest => Endpoint.Manifest,
        RequestKind.Whitelist => Endpoint.Whitelist,
        RequestKind.Geo => Endpoint.Geo,
        RequestKind.ServerDocument => Endpoint.Info,
        _ => Endpoint.Other,
    };

    /// <summary>The word in metrics and logs.</summary>
    public static string Text(Endpoint endpoint) => Names[(int)endpoint];
}
