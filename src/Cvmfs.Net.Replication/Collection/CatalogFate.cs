namespace Cvmfs.Net.Replication.Collection;

/// <summary>What becomes of a catalog. The later one counts where there are several reasons.</summary>
internal enum CatalogFate : byte
{
    /// <summary>It was garbage and this run has removed it. If it is there again, somebody else has brought it.</summary>
    Removed,

    /// <summary>No root that is kept leads to it: it is garbage.</summary>
    Condemned,

    /// <summary>It is there, though no root leads to it: with all that it needs, it may be part of a revision on its way here.</summary>
    Pinned,

    /// <summary>A kept root leads to it.</summary>
    Kept,
}
