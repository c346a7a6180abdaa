namespace Cvmfs.Net.Objects;

/// <summary>What a store waits for before it calls a write done.</summary>
public enum SyncMode
{
    /// <summary>Nothing: a crash of the process is survived, a power loss may leave empty or missing objects. Whoever publishes a
    /// root file on top calls <see cref="FileObjectStore.Flush"/> first, which costs once what <see cref="Objects"/> costs per object.</summary>
    None,

    /// <summary>Every object and its folder entry are on the disk before the commit returns.</summary>
    Objects,
}
