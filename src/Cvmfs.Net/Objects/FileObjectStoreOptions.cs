namespace Cvmfs.Net.Objects;

/// <summary>How a <see cref="FileObjectStore"/> writes.</summary>
public sealed class FileObjectStoreOptions
{
    /// <summary>What a commit waits for. Default <see cref="SyncMode.None"/>, as the reference.</summary>
    public SyncMode Sync { get; set; }
}
