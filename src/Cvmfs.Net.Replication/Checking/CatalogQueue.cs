using System.Diagnostics.CodeAnalysis;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Catalogs that are still to be looked into, last in first out, so that what waits stays little; handed out as memory allows. Thread-safe.</summary>
/// <param name="memoryBytes">Memory for opened catalogs. One that needs more is handed out alone.</param>
internal sealed class CatalogQueue(long memoryBytes)
{
    private const long InMemory = 8 << 20; // what is larger goes through a file
    private const long Unknown = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Stack<CheckedCatalog> _waiting = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _taken;
    private int _active;

    /// <summary>Catalogs that wait.</summary>
    public int Count
    {
        get { lock (_gate) return _waiting.Count; }
    }

    /// <summary>Adds one.</summary>
    public void Add(CheckedCatalog catalog)
    {
        lock (_gate)
        {
            _waiting.Push(catalog);
            Signal();
        }
    }

    /// <summary>Takes one, waiting until there is one and memory for it.</summary>
    /// <returns>Null when all is done.</returns>
    public async ValueTask<CheckedCatalog?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (TryTake(out var catalog)) return catalog;
                if (_active == 0 && _waiting.Count == 0) return null;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives a catalog's memory back; what is below it was added before.</summary>
    public void Done(CheckedCatalog catalog)
    {
        lock (_gate)
        {
            _active--;
            _taken -= Need(catalog);
            Signal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static long Need(CheckedCatalog catalog)
    {
        long size = Math.Clamp(catalog.Size, Unknown, InMemory);
        return 3 * size; // the growing buffer, and the copy that SQLite has
    }

    private bool TryTake([NotNullWhen(true)] out CheckedCatalog? catalog)
    {
        if (!_waiting.TryPeek(out catalog) || (_active > 0 && _taken + Need(catalog) > memoryBytes)) return false;
        _waiting.Pop();
        _active++;
        _taken += Need(catalog);
        return true;
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }
}
