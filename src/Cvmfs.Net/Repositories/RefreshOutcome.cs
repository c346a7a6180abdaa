namespace Cvmfs.Net.Repositories;

/// <summary>How a look for a newer revision ended.</summary>
public enum RefreshOutcome
{
    /// <summary>A newer revision is now the current one.</summary>
    Updated,

    /// <summary>The current revision is still the newest.</summary>
    NothingNew,

    /// <summary>The server could not be reached, or what it sent could not be believed. The current revision stays.</summary>
    Offline,

    /// <summary>The server showed a validly signed but older state than the one that is known. The current revision stays.</summary>
    RolledBack,

    /// <summary>The repository was opened at a fixed revision: there is nothing to look for.</summary>
    Fixed,
}
