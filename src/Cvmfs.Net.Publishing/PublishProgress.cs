namespace Cvmfs.Net.Publishing;

/// <summary>What a commit is doing.</summary>
public enum PublishPhase
{
    /// <summary>Reading names and attributes.</summary>
    Scanning,

    /// <summary>Compressing, hashing and storing files.</summary>
    StoringFiles,

    /// <summary>Writing catalogs.</summary>
    WritingCatalogs,

    /// <summary>Writing history, reflog and manifest.</summary>
    Signing,

    /// <summary>The new revision is visible.</summary>
    Done,
}

/// <summary>Where a commit is. Counts only grow.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="Files">Files that are stored, or need not be.</param>
/// <param name="Bytes">Bytes of their content.</param>
/// <param name="NewObjects">Objects that the store did not have.</param>
/// <param name="KnownObjects">Objects that it had, or that this commit had stored before.</param>
/// <param name="NewBytes">Stored bytes of the new objects.</param>
public readonly record struct PublishProgress(PublishPhase Phase, long Files, long Bytes, long NewObjects, long KnownObjects, long NewBytes);
