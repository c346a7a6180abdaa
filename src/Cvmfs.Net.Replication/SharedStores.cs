using System.Runtime.CompilerServices;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Transfer;

namespace Cvmfs.Net.Replication;

/// <summary>The stores of one process. Replicas that are given the same one and write into the same store, such as a <c>data</c> folder that
/// several storage folders link to, bring each object once, and share what is known of the store. Thread-safe.</summary>
/// <remarks>Processes do not know of each other: a store that several processes write into costs transfers twice, and their sweeps of
/// unfinished files disturb each other.</remarks>
public sealed class SharedStores
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SharedStore> _folders = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<IObjectStore, SharedStore> _others = [];
    private readonly PresenceIndexOptions _options;

    /// <summary>Knows no store yet.</summary>
    /// <param name="options">What each store's index may hold; null for the defaults.</param>
    public SharedStores(PresenceIndexOptions? options = null) => _options = options ?? new PresenceIndexOptions();

    /// <summary>The store of a storage folder whose folders exist.</summary>
    internal SharedStore Of(FileObjectStore files)
    {
        string data = Path.Combine(files.Location, ObjectPath.DataFolder);
        string folder = Directory.ResolveLinkTarget(data, returnFinalTarget: true)?.FullName ?? data;
        lock (_gate)
        {
            if (!_folders.TryGetValue(folder, out var store)) _folders.Add(folder, store = new SharedStore(new PresenceIndex(files, _options)));
            return store;
        }
    }

    /// <summary>A store that was handed in.</summary>
    internal SharedStore Of(IObjectStore store) => _others.GetValue(store, static _ => new SharedStore(null));
}
