using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>One object on its way here, and all who read it meanwhile. Safe for concurrent use; see the header of <see cref="TransferTable"/>.</summary>
/// <remarks>One fetch calls what is below "for the fetch"; everybody else is a reader.</remarks>
internal sealed class SharedTransfer(ObjectKey key, ProxyRequest request, bool isSuspicious) : IAsyncDisposable
{
    /// <summary>Readers of one transfer; more is no load but an attack.</summary>
    public const int MaxReaders = 10_000;

    /// <summary>How often a reader may join another transfer after one that failed.</summary>
    private const int MaxMoves = 4;

    /// <summary>A fetch that nobody waits for any more goes on to its end up to this size: the next client will want it.</summary>
    private const long FinishAloneBytes = 64 << 20;

    /// <summary>Bytes at the end that nobody sees before all of them are known to be right.</summary>
    internal const long WithheldBytes = 16 << 10;

    private static readonly List<TransferWatcher> s_nobody = [];

    private readonly Lock _gate = new();
    private readonly List<TransferWatcher> _readers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Spool _spool = new();
    private List<TransferWatcher> _waiting = [];
    private Task _stopping = Task.CompletedTask;
    private TaskCompletionSource? _room;
    private CachedObject? _found;
    private TransferState _state = TransferState.Waiting;
    private long _shown;
    private long? _length;
    private bool _isOver;
    private bool _isAbandoned;

    public ObjectKey Key => key;

    /// <summary>What the first of its readers asked for.</summary>
    public ProxyRequest Request => request;

    /// <summary>Whether that client has seen bad bytes, and asks past all caches.</summary>
    public bool IsSuspicious => isSuspicious;

    /// <summary>Whether the store had it after all. Valid when there are bytes.</summary>
    public bool IsHit { get; private set; }

    /// <summary>Why there is no object. Valid when it failed.</summary>
    public UpstreamProblem Problem { get; private set; }

    /// <summary>When it left its server. Valid when there are bytes.</summary>
    public FetchTime FetchedAt { get; private set; }

    /// <summary>The server that was asked last.</summary>
    public string Upstream { get; set; } = "";

    /// <summary>Who reads it now.</summary>
    public int Readers
    {
        get { lock (_gate) return _readers.Count; }
    }

    /// <summary>Counts a reader in. False when it could not have all bytes, or when too many are here already.</summary>
    public bool TryJoin(TransferWatcher watcher, out bool isCrowded)
    {
        lock (_gate)
        {
            isCrowded = _readers.Count >= MaxReaders;
            if (isCrowded || _isAbandoned || _state is TransferState.Failed or TransferState.Broken || (_isOver && _readers.Count == 0)) return false;
            if (_found is null && !_spool.HasAll) return false;
            watcher.SelectAll();
            watcher.Place = _readers.Count;
            _readers.Add(watcher);
            return true;
        }
    }

    /// <summary>The next bytes for a reader. Where there are none yet, it will be told once when to ask again.</summary>
    public TransferPiece Next(TransferWatcher watcher)
    {
        lock (_gate)
        {
            if (_state is TransferState.Failed or TransferState.Broken) return new(_state);
            FreeRoom();
            bool isComplete = _state == TransferState.Complete;
            long limit = isComplete ? Math.Min(_length!.Value, watcher.End) : Math.Min(_shown, watcher.End - watcher.Withheld);
            if (watcher.Position < limit)
            {
                var piece = _found is { } found
                    ? new(TransferState.More, found.Bytes, found.File, found.Offset + watcher.Position, limit - watcher.Position)
                    : _spool.Piece(watcher.Position, limit);
                bool isLast = isComplete && watcher.Position + piece.Length == limit;
                return piece with { State = isLast ? TransferState.Complete : TransferState.More, Total = _length, MaySelect = isComplete || IsKept };
            }

            if (isComplete) return new(TransferState.Complete) { Total = _length };
            if (watcher.Withheld > 0 && !IsKept) return new(TransferState.Broken); // it waits for the end, and the fetch would wait for it
            watcher.Arm();
            _waiting.Add(watcher);
            return new(TransferState.Waiting);
        }
    }

    /// <summary>Counts a reader out. The last one ends a fetch that is not worth finishing for nobody.</summary>
    public void Leave(TransferWatcher watcher)
    {
        watcher.TryDisarm();
        lock (_gate)
        {
            var last = _readers[^1];
            (_readers[watcher.Place], last.Place) = (last, watcher.Place);
            _readers.RemoveAt(_readers.Count - 1);
            FreeRoom();
            if (_readers.Count == 0 && _isOver) LetGo();
            else AbandonUnwanted();
        }
    }

    /// <summary>Whether a reader to whom nothing was sent yet should ask once more instead of taking this end for its own: others have got bad bytes and
    /// it has not, or what failed is the server or the path that another one named.</summary>
    /// <param name="state">How it ended for the reader.</param>
    /// <param name="asked">The reader's own request.</param>
    /// <param name="moves">How often it has asked again.</param>
    public bool IsEndOfOthers(TransferState state, ProxyRequest asked, int moves) => state switch
    {
        TransferState.Broken => moves == 0,
        TransferState.Failed => moves < MaxMoves && !asked.IsSameAs(request),
        _ => false,
    };

    // For the fetch, from here on.

    /// <summary>Ends the fetch when nobody is left who wants it.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Whether somebody may have got bytes.</summary>
    public bool WasShown
    {
        get { lock (_gate) return _shown > 0; }
    }

    /// <summary>The bytes so far. Only the fetch changes them, and what readers see of them under the lock only.</summary>
    public Spool Spool => _spool;

    /// <summary>Ends the fetch: the store had the object.</summary>
    public void EndWith(CachedObject found)
    {
        List<TransferWatcher> waiting;
        lock (_gate)
        {
            (_found, IsHit, FetchedAt, _length, _state) = (found, true, found.FetchedAt, found.Length, TransferState.Complete);
            waiting = TakeWaiting();
        }

        Tell(waiting);
    }

    /// <summary>Takes note that an answer has begun.</summary>
    public void Begin(long? length, FetchTime fetchedAt)
    {
        GiveUpKeeping();
        lock (_gate)
        {
            _spool.Clear();
            (_length, FetchedAt) = (length, fetchedAt);
            AbandonUnwanted();
        }
    }

    /// <summary>Changes the bytes; then, if they may be seen, shows all but the last ones.</summary>
    public void Advance(int bytes, Action<Spool, int> change, bool mayShow)
    {
        List<TransferWatcher> waiting;
        lock (_gate)
        {
            change(_spool, bytes);
            AbandonUnwanted();
            long shown = _spool.Length - Math.Clamp(_spool.Length / 2, 1, WithheldBytes);
            if (!mayShow || shown <= _shown) return;
            _shown = shown;
            waiting = TakeWaiting();
        }

        Tell(waiting);
    }

    /// <summary>Keeps nothing of it on disk; readers read on.</summary>
    public void GiveUpKeeping()
    {
        StagedFile? given;
        lock (_gate)
        {
            given = _spool.GiveUpKeeping();
            AbandonUnwanted();
        }

        given?.Discard(); // removes a file: not while readers wait for the lock
    }

    /// <summary>Keeps bytes that no file can take. Waits for the readers when there are too many of them.</summary>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> bytes)
    {
        Advance(0, (spool, _) => spool.Add(bytes.Span), mayShow: true);
        while (true)
        {
            Task room;
            lock (_gate)
            {
                FreeRoom();
                if (!_spool.IsFull) return;
                room = (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room.WaitAsync(Stop).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the fetch: all bytes have come, and they are the object.</summary>
    public void EndComplete()
    {
        List<TransferWatcher> waiting;
        lock (_gate)
        {
            (_state, _length) = (TransferState.Complete, _spool.Length);
            waiting = TakeWaiting();
        }

        Tell(waiting);
    }

    /// <summary>Ends the fetch without the object, unless it has ended already.</summary>
    public void EndWithout(UpstreamProblem problem)
    {
        List<TransferWatcher> waiting;
        lock (_gate)
        {
            if (_state != TransferState.Waiting) return;
            (_state, Problem) = (_shown > 0 ? TransferState.Broken : TransferState.Failed, problem);
            waiting = TakeWaiting();
        }

        Tell(waiting);
    }

    /// <summary>Takes note that the fetch does nothing any more. What it left goes with the last reader.</summary>
    public async ValueTask DisposeAsync()
    {
        Task stopping;
        GiveUpKeeping();
        lock (_gate)
        {
            _isOver = true;
            if (_readers.Count == 0) LetGo();
            stopping = _stopping;
        }

        await stopping.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Stops the fetch, wanted or not.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            if (!_isOver) Abandon();
        }
    }

    private bool IsKept => _spool.IsInMemory || _spool.IsStaged;

    private void AbandonUnwanted()
    {
        if (_readers.Count > 0 || _state != TransferState.Waiting || _isAbandoned || IsWorthFinishing()) return;
        Abandon();
    }

    private void Abandon()
    {
        _isAbandoned = true;
        _stopping = _stop.CancelAsync(); // what it cancels must not run under the lock
    }

    private bool IsWorthFinishing()
        => IsKept && ((_length ?? _spool.Length) <= FinishAloneBytes || _spool.Length > _length / 2);

    private void FreeRoom()
    {
        if (IsKept) return;
        long least = _shown;
        foreach (var reader in _readers) least = Math.Min(least, reader.Position);
        _spool.Trim(least);
        if (_room is null || _spool.IsFull) return;
        _room.SetResult();
        _room = null;
    }

    private void LetGo()
    {
        _found?.Dispose();
        _found = null;
        _spool.Dispose();
    }

    private List<TransferWatcher> TakeWaiting()
    {
        if (_waiting.Count == 0) return s_nobody; // not the live list: it may change while it is gone through
        var waiting = _waiting;
        _waiting = [];
        return waiting;
    }

    /// <summary>Not under the lock: they ask again at once.</summary>
    private static void Tell(List<TransferWatcher> waiting)
    {
        foreach (var watcher in waiting)
        {
            if (watcher.TryDisarm()) watcher.Advanced();
        }
    }
}
