using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>A bounded local copy of objects, stored as received and verified again whenever they are read.</summary>
/// <remarks>
/// <para>Nothing in it is believed: an object that changed on disk is removed and counts as absent, so that a cache can only cost time.
/// The least recently used objects go first when the limit is reached.</para>
/// <para>Safe for concurrent use. A folder may be shared by several processes; each of them keeps it below the limit.</para>
/// </remarks>
public abstract class ObjectCache
{
    private protected ObjectCache(IObjectStore store, long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        (Store, MaxBytes) = (store, maxBytes);
    }

    /// <summary>Most stored bytes it keeps. A single larger object passes through without staying.</summary>
    public long MaxBytes { get; }

    /// <summary>Where it is: a folder, or "memory".</summary>
    public string Location => Store.Location;

    /// <summary>Where the objects are kept.</summary>
    internal IObjectStore Store { get; }

    /// <summary>A cache in memory that goes with the process.</summary>
    /// <param name="maxBytes">Limit in bytes of stored, that is compressed, objects.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public static ObjectCache InMemory(long maxBytes = 64 << 20) => new MemoryObjectCache(maxBytes);

    /// <summary>A cache in a folder that outlives the process and may be shared with others. The folder is created.</summary>
    /// <param name="folder">A folder for this purpose alone: what looks like an object in it may be deleted.</param>
    /// <param name="maxBytes">Limit in bytes.</param>
    /// <param name="timeProvider">Clock for "recently used"; the system's when omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    /// <exception cref="IOException">The folder cannot be created.</exception>
    public static ObjectCache InFolder(string folder, long maxBytes = 4L << 30, TimeProvider? timeProvider = null)
        => new FolderObjectCache(folder, maxBytes, timeProvider ?? TimeProvider.System);

    /// <summary>Marks an object as used. Called with every read.</summary>
    internal abstract void Touch(ObjectKey key);

    /// <summary>Counts an object that was just stored, and makes room if need be.</summary>
    internal abstract ValueTask AddedAsync(ObjectKey key, long bytes, CancellationToken cancellationToken);

    /// <summary>Removes an object whose bytes turned out to be wrong.</summary>
    internal abstract ValueTask RemoveAsync(ObjectKey key, CancellationToken cancellationToken);
}
