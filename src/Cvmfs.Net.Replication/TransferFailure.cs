using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication;

/// <summary>An object or catalog that a run could not get.</summary>
/// <param name="Object">What was wanted.</param>
/// <param name="Reason">Why it did not come.</param>
/// <param name="Catalog">Path of the catalog; for an object, null.</param>
/// <param name="Message">URL, what was found and what was expected.</param>
public sealed record TransferFailure(ObjectKey Object, TransferFailureReason Reason, string? Catalog, string Message)
{
    /// <summary>URL or file that was asked last; null where no single one was.</summary>
    public string? Url { get; init; }
}

/// <summary>Why an object did not come.</summary>
public enum TransferFailureReason
{
    /// <summary>The upstream says that it has none (404, 410).</summary>
    Missing,

    /// <summary>Its bytes do not have its hash, also past all caches.</summary>
    Corrupt,

    /// <summary>Right bytes, but no catalog that anyone can read.</summary>
    Unreadable,

    /// <summary>The transfer failed, after all retries and on every source.</summary>
    Unreachable,
}
