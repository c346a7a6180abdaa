using System.Net.Sockets;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring;

/// <summary>One document or object asked of a server.</summary>
public sealed record EndpointReport
{
    /// <summary>Which: <c>repositories</c>, <c>meta</c>, <c>manifest</c>, <c>whitelist</c>, <c>pkcs7</c>, <c>status</c>, <c>last_snapshot</c>,
    /// <c>is_snapshotting</c>, <c>geo</c>, <c>certificate</c>, <c>catalog</c>, <c>history</c>, <c>metainfo</c>, <c>chunk</c>, <c>file</c>.</summary>
    public required string Endpoint { get; init; }

    /// <summary>URL that was asked.</summary>
    public required Uri Url { get; init; }

    /// <summary>The repository that it belongs to; null for documents of the server.</summary>
    public RepositoryName? Repository { get; init; }

    /// <summary>Address family that the host was reached over; unspecified without a connection.</summary>
    public AddressFamily Family { get; init; }

    /// <summary>HTTP status; 0 without an answer.</summary>
    public int Status { get; init; }

    /// <summary>What went wrong with it.</summary>
    public ErrorClass Error { get; init; }

    /// <summary>The error in words; null without one.</summary>
    public string? Detail { get; init; }

    /// <summary>From the last attempt's request to its last byte.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Body bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>How many times it was asked, 1 or more.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>Redirects that were followed.</summary>
    public int Redirects { get; init; }

    /// <summary>URL that answered, where redirects led elsewhere; otherwise null.</summary>
    public Uri? FinalUrl { get; init; }

    /// <summary>How long a cache on the way had held the answer (header <c>Age</c>); null where none says so.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>What caches on the way say of themselves (<c>X-Cache</c>, <c>CF-Cache-Status</c>, …); null where none does.</summary>
    public string? CacheStatus { get; init; }

    /// <summary>The server's clock less ours, corrected by half the time of the exchange; null where the answer has no date of its own.</summary>
    public TimeSpan? ClockSkew { get; init; }
}
