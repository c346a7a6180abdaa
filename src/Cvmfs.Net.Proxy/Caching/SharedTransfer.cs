using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>One fetch of one object, into the store, that any number of clients watch. See the header of <see cref="RequestCoalescer"/>.</summary>
/// <remarks>The fetch runs at the server's speed. A reader that falls behind the window of newest bytes waits until the object is stored and
/// goes on from there, so neither a slow reader nor a large object costs more memory than the window.</remarks>
internal sealed class SharedTransfer(ObjectKey key, ProxyRequest request, ProxyCache cache, UpstreamPool upstreams, ProxyOptions options, TimeProvider clock)
    : IAsyncDisposable
{
    /// <summary>Newest bytes kept for readers. 16 MiB: the largest chunk that publishers make by default.</summary>
    private const long WindowBytes = 16 << 20;

    /// <summary>An object up to this size is shown only when it is whole and right, so that a bad copy can be replaced unseen.</summary>
    private const long HeldBackBytes = 1 << 20;

    /// <summary>A fetch that nobody waits for any more goes on to its end up to this size: the next client will want it.</summary>
    private const long FinishAloneBytes = 64 << 20;

    private const int BlockBytes = 64 << 10;

    /// <summary>How long a small object is held back. A client that sees no byte for five seconds leaves.</summary>
    private static readonly TimeSpan HeldBackFor = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TransferWindow _window = new(WindowBytes);
    private readonly CancellationTokenSource _stop = new();
    private Task _stopping = Task.CompletedTask;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _shown;
    private long? _announced;
    private bool _ended;
    private UpstreamFailure _failure;
    private int _failureStatus;
    private bool _absent;
    private bool _stored;
    private bool _abandoned;
    private volatile bool _heldBack;
    private long? _total;
    private int _readers;

    public ObjectKey Key { get; } = key;

    /// <summary>Bytes that the server announced; null where it did not. Valid once <see cref="StartAsync"/> returned.</summary>
    public long? Length => _announced;

    /// <summary>Why there is no object; <see cref="UpstreamFailure.None"/> while there may be one.</summary>
    public (UpstreamFailure Failure, int Status, bool Absent) Problem
    {
        get { lock (_lock) return (_failure, _failureStatus, _absent); }
    }

    /// <summary>Whether bytes were shown before the transfer failed: then nothing but cutting off is left.</summary>
    public bool WasShown
    {
        get { lock (_lock) return _shown > 0; }
    }

    /// <summary>Counts a reader in. False when the transfer has ended badly: a new one is due.</summary>
    public bool TryJoin()
    {
        lock (_lock)
        {
            if (_abandoned || (_ended && (_failure != UpstreamFailure.None || _absent))) return false;
            _readers++;
            return true;
        }
    }

    /// <summary>Counts a reader out. The last one may end a transfer that is too long to finish for nobody.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (--_readers > 0 || _ended || IsWorthFinishing()) return;
            _abandoned = true;
            _stopping = _stop.CancelAsync(); // what it cancels must not run under the lock
        }
    }

    /// <summary>Waits until bytes may be shown, or there will be none.</summary>
    /// <returns>True when reading makes sense.</returns>
    public async Task<bool> StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_shown > 0 || _ended) return _failure == UpstreamFailure.None && !_absent;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The next bytes at an offset. <paramref name="fallback"/> carries a reader's own stream once it reads from the store.</summary>
    public async ValueTask<TransferRead> ReadAsync(long offset, StoredTail fallback, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task? changed = null;
            lock (_lock)
            {
                if (_failure != UpstreamFailure.None || _absent) return new(default, TransferState.Broken);
                if (offset < _shown && offset >= _window.Start) return new(_window.From(offset, _shown), TransferState.More);
                if (_ended && offset == _total) return new(default, TransferState.Complete);
                if (_ended && !_stored) return new(default, TransferState.Broken); // the window went past and nothing was kept
                if (!_ended) changed = _changed.Task;
            }

            if (changed is null) return await fallback.ReadAsync(cache, Key, offset, cancellationToken).ConfigureAwait(false);
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Fetches, from one candidate after the other as long as nobody has seen a byte.</summary>
    /// <remarks>Whatever happens, the transfer has ended when this returns or throws: nobody is left waiting.</remarks>
    public async Task RunAsync()
    {
        try
        {
            await FetchAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!_ended) End(UpstreamFailure.Incomplete, stored: false);
        }
    }

    /// <summary>Ends what the fetch used; readers may go on reading what it left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task FetchAsync()
    {
        // A fetch that ended while this one was being set up has left the object in the store.
        if (await cache.ContainsAsync(Key).ConfigureAwait(false))
        {
            End(UpstreamFailure.None, stored: true);
            return;
        }

        var plan = upstreams.Candidates(request);
        while (!_stop.IsCancellationRequested && plan.TryNext(out var attempt))
        {
            if (await TryAsync(attempt).ConfigureAwait(false)) return;
            if (WasShown) break;
            lock (_lock) _window.Clear();
        }

        var (failure, status, _) = plan.Problem;
        bool absent = failure == UpstreamFailure.Status && status is 404 or 410;
        End(absent ? UpstreamFailure.None : failure, stored: false, status, absent);
    }

    private async Task<bool> TryAsync(UpstreamAttempt attempt)
    {
        try
        {
            using var answer = await upstreams.SendAsync(attempt, HttpMethod.Get, bypassCaches: false, null, _stop.Token).ConfigureAwait(false);
            if (answer.Status != 200) return false;
            if (answer.HasContentCoding)
            {
                upstreams.Failed(attempt, UpstreamFailure.Corrupt);
                return false;
            }

            await ReceiveAsync(answer).ConfigureAwait(false);
            upstreams.Succeeded(attempt);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // nobody is left to see it
        }
        catch (UpstreamException cut)
        {
            upstreams.Failed(attempt, cut.Failure);
            return false;
        }
        catch (ObjectIntegrityException wrong)
        {
            upstreams.Failed(attempt, UpstreamFailure.Corrupt);
            cache.ReportCorruption(wrong);
            return false;
        }
    }

    private async Task ReceiveAsync(UpstreamAnswer answer)
    {
        string origin = answer.Attempt.Url;
        long? announced = answer.ContentLength;
        if (announced > options.Upstream.MaxObjectBytes) throw ObjectIntegrityException.TooLong(Key, announced.Value, options.Upstream.MaxObjectBytes, origin);
        _heldBack = announced <= HeldBackBytes;
        lock (_lock) _announced = announced;
        using var release = _heldBack ? clock.CreateTimer(_ => StopHoldingBack(), null, HeldBackFor, Timeout.InfiniteTimeSpan) : null;

        var writer = new CacheWriter(cache, Key);
        await using var ownedWriter = writer.ConfigureAwait(false);
        byte[] block = [];
        int used = 0;
        while (true)
        {
            // Blocks are filled once and given to readers as they are: pooling would need to know when the last reader let go.
            if (used == block.Length)
            {
                block = GC.AllocateUninitializedArray<byte>((int)Math.Clamp((announced ?? long.MaxValue) - _window.End, 1, BlockBytes));
                used = 0;
            }

            int read = await answer.ReadAsync(block.AsMemory(used), _stop.Token).ConfigureAwait(false);
            if (read == 0) break;
            var bytes = block.AsMemory(used, read);
            used += read;
            if (_window.End + read > options.Upstream.MaxObjectBytes) throw ObjectIntegrityException.TooLong(Key, _window.End + read, options.Upstream.MaxObjectBytes, origin);
            lock (_lock)
            {
                _window.Add(bytes);
                _abandoned = _readers == 0 && !IsWorthFinishing();
                if (_abandoned) throw new OperationCanceledException(); // everybody left while nothing was known about its length
            }

            await writer.WriteAsync(bytes, _window, _stop.Token).ConfigureAwait(false);
            if (!_heldBack) Show();
        }

        if (announced > _window.End) throw ObjectIntegrityException.TooShort(Key, _window.End, announced.Value, origin);
        bool stored = await writer.CommitAsync(origin, _stop.Token).ConfigureAwait(false);
        End(UpstreamFailure.None, stored, status: 200);
    }

    private void StopHoldingBack()
    {
        _heldBack = false;
        Show();
    }

    /// <summary>Shows everything but the newest piece: what was sent can be left unfinished, but not taken back.</summary>
    private void Show()
    {
        lock (_lock)
        {
            if (_ended || _window.LastPieceStart <= _shown) return;
            _shown = _window.LastPieceStart;
            Signal();
        }
    }

    /// <summary>Ends the transfer. A status says that the bytes came from a server, so that their number is known.</summary>
    private void End(UpstreamFailure failure, bool stored, int status = 0, bool absent = false)
    {
        lock (_lock)
        {
            (_failure, _failureStatus, _absent, _stored, _ended) = (failure, status, absent, stored, true);
            if (failure == UpstreamFailure.None && !absent)
            {
                _shown = _window.End;
                if (status != 0) _total = _window.End;
            }

            Signal();
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private bool IsWorthFinishing() => (_announced ?? _window.End) <= FinishAloneBytes || _window.End > _announced / 2;
}
