namespace Cvmfs.Net.Objects;

/// <summary>How a <see cref="RootFolder"/> writes.</summary>
public sealed class RootFolderOptions
{
    /// <summary>Whether a replacement waits until the disk has it. Default true: root files are few, and the last to be written.</summary>
    public bool Sync { get; set; } = true;

    /// <summary>Folder for temporary files, on the same file system. Default null: the repository's transaction folder.</summary>
    public string? TemporaryFolder { get; set; }
}
