using System.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>A request that was answered, for metrics and the access log. Texts are made only where <see cref="RequestJournal.WantsText"/> asks for them.</summary>
internal readonly record struct RequestRecord
{
    /// <summary>When it was answered. The access log fills it in where it is the default; metrics do not look at it.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>From the end of its head to the end of its answer.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Who asked.</summary>
    public IPAddress? Client { get; init; }

    /// <summary>Method.</summary>
    public string? Method { get; init; }

    /// <summary>Target of the request line as sent.</summary>
    public string? Target { get; init; }

    /// <summary>Status that was sent; 0 where none was.</summary>
    public int Status { get; init; }

    /// <summary>Body bytes sent.</summary>
    public long Bytes { get; init; }

    /// <summary>How it was answered.</summary>
    public RequestResult Result { get; init; }

    /// <summary>Why it was refused.</summary>
    public DenialReason Denial { get; init; }

    /// <summary>What was asked for.</summary>
    public RequestKind Kind { get; init; }

    /// <summary>The object, for <see cref="RequestKind.Object"/>.</summary>
    public ObjectKey Key { get; init; }

    /// <summary>The repository: <see cref="RepositoryNames.Served"/> or <see cref="RepositoryNames.Find"/>. Null counts as the others.</summary>
    public KnownRepository? Repository { get; init; }

    /// <summary>Server, parent or sibling that was asked last; null where none was.</summary>
    public string? Upstream { get; init; }

    /// <summary>For how many requests it stands in the access log, which fills this in.</summary>
    public int Sample { get; init; }

    /// <summary>The client's program, as it says.</summary>
    public string? UserAgent { get; init; }

    /// <summary>What the client says about the file it wants.</summary>
    public string? CvmfsInfo { get; init; }
}
