namespace Cvmfs.Net.Transport.Wire;

/// <summary>What of an answer's head is of interest to anybody here.</summary>
internal sealed class ResponseHead
{
    /// <summary>The status code, 100 to 599.</summary>
    public required int Status { get; init; }

    /// <summary>Whether the connection may carry another answer after this one.</summary>
    public bool KeepsConnection { get; set; } = true;

    /// <summary>The announced length of the body in bytes; null where none is announced.</summary>
    public long? ContentLength { get; set; }

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked { get; set; }

    /// <summary>An announcement of the length that makes no sense, as it was; null where it does.</summary>
    public string? BadLength { get; set; }

    /// <summary>A content coding other than none.</summary>
    public string? ContentEncoding { get; set; }

    /// <summary>Which part of the whole this is, as it was said.</summary>
    public string? ContentRange { get; set; }

    /// <summary>Where a redirect points.</summary>
    public string? Location { get; set; }

    /// <summary>When to come back, as it was said.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>Whether an intermediary says that the answer is its own complaint and not the server's.</summary>
    public bool IsProxyComplaint { get; set; }

    /// <summary>Whether the status is one of success.</summary>
    public bool IsSuccess => Status is >= 200 and <= 299;

    /// <summary>Whether a body follows, to a request that may have one.</summary>
    public bool MayHaveBody => Status is not (204 or 304) && Status >= 200;
}
