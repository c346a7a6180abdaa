using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>One server to ask, and the way to it. Made by a plan, sent once.</summary>
internal sealed class UpstreamAttempt
{
    private string? _url;

    /// <summary>The plan that hears how it ended.</summary>
    public required UpstreamPlan Plan { get; init; }

    /// <summary>Index of the server among those of the plan.</summary>
    public int Base { get; init; }

    /// <summary>The server that is to answer: scheme, host and port; a path of it counts for nothing.</summary>
    public required Uri Server { get; init; }

    /// <summary>What is known of whom is asked: the parent or sibling, or the server itself.</summary>
    public ServerState? Asked { get; init; }

    /// <summary>What is known of the server.</summary>
    public ServerState? Origin { get; init; }

    /// <summary>What is asked for, for metrics.</summary>
    public Endpoint Endpoint { get; init; }

    /// <summary>Path at that server, byte for byte as it is sent.</summary>
    public required string Path { get; init; }

    /// <summary>The proxy that is asked in the server's stead, a parent or a sibling; null to ask the server itself.</summary>
    public Uri? Via { get; init; }

    /// <summary>The parent, where <see cref="Via"/> is one.</summary>
    public ProxyMember? Parent { get; init; }

    /// <summary>Whether <see cref="Via"/> is a proxy that shares its cache with this one. What comes from it need not be stored again.</summary>
    public bool IsSibling { get; init; }

    /// <summary>Whether the target is the whole URL, as to a forward proxy.</summary>
    public bool IsAbsolute { get; init; }

    /// <summary>Whether the operator wrote this server down: then its address may be private.</summary>
    public bool IsConfigured { get; init; }

    /// <summary>Whether caches on the way must ask the server again: what came before was corrupt.</summary>
    public bool BypassCaches { get; init; }

    /// <summary>The part that is asked for, as in the field <c>Range</c>; null, the default, for the whole.</summary>
    public string? Range { get; set; }

    /// <summary>Tag of a copy that is here, as the server gave it: the body may stay away where it still has that. Null, the default, for none.</summary>
    public string? IfNoneMatch { get; set; }

    /// <summary>The same by the copy's <c>Last-Modified</c>.</summary>
    public string? IfModifiedSince { get; set; }

    /// <summary>Whether the answer may be that nothing has changed.</summary>
    public bool IsConditional => IfNoneMatch is not null || IfModifiedSince is not null;

    /// <summary>Longest wait for the head of the answer, connecting included.</summary>
    public TimeSpan Limit { get; init; }

    /// <summary>What is asked for, for messages.</summary>
    public string Url => _url ??= Server.GetLeftPart(UriPartial.Authority) + Path;

    /// <summary>The attempt at another server that failed before; null where there was none.</summary>
    internal UpstreamAttempt? Before { get; init; }

    /// <summary>How it failed.</summary>
    internal UpstreamFailure Outcome { get; set; }

    /// <summary>Whether its ending was reported.</summary>
    internal bool IsReported { get; set; }

    /// <summary>Status of the answer; 0 while none came.</summary>
    internal int Status { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Via is null ? Url : $"{Url} through {Via.Authority}";
}
