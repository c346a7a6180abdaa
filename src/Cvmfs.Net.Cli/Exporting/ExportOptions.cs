namespace Cvmfs.Net.Cli.Exporting;

/// <summary>How a tree is copied out.</summary>
internal sealed record ExportOptions
{
    /// <summary>Files written at once. Enough to hide a network's latency.</summary>
    public int FilesAtOnce { get; init; } = 16;

    /// <summary>Whether the destination is an empty folder already, rather than not there.</summary>
    public bool DestinationExists { get; init; }

    /// <summary>Whether to give everything its published owner, which only root may.</summary>
    public bool SetOwners { get; init; }

    /// <summary>Whether link targets keep their variables instead of being expanded.</summary>
    public bool KeepVariables { get; init; }
}
