using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Publishing;

/// <summary>How a commit ended.</summary>
public enum PublishOutcome
{
    /// <summary>A new revision is visible.</summary>
    Published,

    /// <summary>The tree is the one that is published already: there is no new revision, and nothing was signed.</summary>
    Unchanged,
}

/// <summary>What a commit did.</summary>
public sealed record PublishReport
{
    /// <summary>How it ended.</summary>
    public required PublishOutcome Outcome { get; init; }

    /// <summary>Revision that is visible now.</summary>
    public required ulong Revision { get; init; }

    /// <summary>Root catalog of that revision.</summary>
    public required ContentHash RootCatalog { get; init; }

    /// <summary>Files whose content was read; hard links count once, and files that were taken over unread do not.</summary>
    public long Files { get; init; }

    /// <summary>Bytes of their content.</summary>
    public long Bytes { get; init; }

    /// <summary>Objects that the store did not have, catalogs and metadata included.</summary>
    public long NewObjects { get; init; }

    /// <summary>Objects that it had, or that were stored earlier in this commit.</summary>
    public long KnownObjects { get; init; }

    /// <summary>Stored bytes of the new objects.</summary>
    public long NewBytes { get; init; }

    /// <summary>Catalogs that were written.</summary>
    public int CatalogsWritten { get; init; }

    /// <summary>Catalogs of the previous revision that stay in use.</summary>
    public int CatalogsKept { get; init; }

    /// <summary>Time spent on reading names and attributes.</summary>
    public TimeSpan ScanTime { get; init; }

    /// <summary>Time spent on compressing, hashing and storing files.</summary>
    public TimeSpan StoreTime { get; init; }

    /// <summary>Time spent on catalogs.</summary>
    public TimeSpan CatalogTime { get; init; }

    /// <summary>Time of the whole commit, signing included.</summary>
    public TimeSpan TotalTime { get; init; }
}
