// Cvmfs.Net.Connections answers plain requests where they arrive: on a few threads that each wait for many clients at once.
//
//   listening socket ─► LoopListener ─► EventLoop ─► LoopHandler of the program
//                                                      ├─ RequestHead plain, answer in memory ─► one system call for head and content
//                                                      ├─ answer elsewhere ─► the client is away ─► back to the loop ─► memory, or sendfile
//                                                      └─ anything else ─► HandOver ─► the web server's own pipeline, for good
//
// Must stay true
//   - What is not plain is not judged here: the web server's parser sees every byte of it, from its first request on.
//   - A loop's thread never waits: not for a client, not for a disk, not for a lock that is held for long.
//   - Answers leave in the order of the requests: while one is under way, no further input of that client is looked at.
using System.Collections.Concurrent;
using System.Net;
using Cvmfs.Net.Connections.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Connections;

/// <summary>One thread and its clients.</summary>
internal sealed class EventLoop : IDisposable
{
    private const int EventsPerRound = 256;
    private const int AcceptsPerRound = 64;
    private const int TickMilliseconds = 500;
    private const int WakeUpTag = -1;
    private const int ListenerTag = -2;

    // After so long others on the same processor get their turn. A loop and a few quick clients can keep each other busy without ever sleeping; whoever
    // shares the processor with them then waits out the scheduler's slices: 8 ms instead of 2 for one answer of a hundred, at the same rate.
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMicroseconds(200);

    private readonly LoopListener _owner;
    private readonly LoopServer _server;
    private readonly LoopHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly int _poll;
    private readonly int _wakeUp;
    private readonly ConcurrentQueue<ClientConnection> _arrived = new();
    private readonly Queue<ClientConnection> _turns = new();
    private readonly List<ClientConnection?> _clients = [];
    private readonly Stack<int> _free = new();
    private readonly List<int> _freed = [];
    private readonly Sweep _sweep;
    private readonly IdleEviction _evictions = new();
    private readonly Func<ClientConnection, Verdict> _work;
    private readonly Func<ClientConnection, Verdict> _resume;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _waking = new();
    private int _listener = -1;
    private bool _isPaused;
    private bool _isClosed;
    private int _count;
    private int _expected;
    private int _isWoken;
    private volatile bool _isDraining;
    private volatile bool _isStopping;

    public EventLoop(LoopListener owner, int number, LoopServer server, Func<LoopLimits> limits)
    {
        (_owner, _server, _time, _logger) = (owner, server, server.Time, server.Logger);
        _handler = server.CreateHandler();
        _handler.Attach(this);
        (_work, _resume) = (_handler.Work, _handler.Resume);
        _sweep = new Sweep(limits, server.Time);
        _poll = NativeSocket.CreatePoll();
        _wakeUp = NativeSocket.CreateWakeUp();
        NativeSocket.Watch(_poll, _wakeUp, NativeSocket.Readable, WakeUpTag);
        _thread = new Thread(Run) { IsBackground = true, Name = $"cvmfs loop {number}" };
    }

    /// <summary>Clients of this loop, with those on their way to it. For the thread that accepts, which is but one.</summary>
    public int Expected => Volatile.Read(ref _expected);

    /// <summary>Begins, and takes connections from a listening socket where one is given.</summary>
    public void Start(int listener = -1)
    {
        _listener = listener;
        if (listener >= 0) NativeSocket.Watch(_poll, listener, NativeSocket.Readable, ListenerTag);
        _thread.Start();
    }

    /// <summary>Gives a client to this loop, a new one or one with its answer. Any thread.</summary>
    public void Return(ClientConnection client)
    {
        _arrived.Enqueue(client);
        if (Interlocked.Exchange(ref _isWoken, 1) == 0) Wake(); // one call for all who come before it looks
    }

    /// <summary>Gives it a new client.</summary>
    /// <param name="client">The client.</param>
    /// <param name="takesPlace">Whether an idle client of this loop must go for it; it goes itself where there is none.</param>
    public void Expect(ClientConnection client, bool takesPlace)
    {
        client.TakesPlace = takesPlace;
        Interlocked.Increment(ref _expected);
        Return(client);
    }

    /// <summary>Gives a client another turn after all others had theirs. The loop's thread only.</summary>
    public void QueueTurn(ClientConnection client)
    {
        if (client.IsQueued) return;
        client.IsQueued = true;
        _turns.Enqueue(client);
    }

    /// <summary>Takes no more connections, lets go of idle clients, and finishes what is being sent.</summary>
    public Task DrainAsync()
    {
        _isDraining = true;
        Wake();
        return _drained.Task;
    }

    /// <summary>Ends the thread; breaks off what is not finished.</summary>
    public void Dispose()
    {
        _isStopping = true;
        Wake();
        if (_thread.IsAlive) _thread.Join();
        lock (_waking)
        {
            _isClosed = true;
            NativeSocket.Close(_wakeUp);
        }

        NativeSocket.Close(_poll);
    }

    /// <summary>Who comes back late must not write to a descriptor that is somebody else's by then.</summary>
    private void Wake()
    {
        lock (_waking)
        {
            if (!_isClosed) NativeSocket.Wake(_wakeUp);
        }
    }

    private void Run()
    {
        Span<byte> events = new byte[NativeSocket.BytesOf(EventsPerRound)];
        long swept = _time.GetTimestamp();
        long yielded = swept;
        while (!_isStopping)
        {
            int count = NativeSocket.Wait(_poll, events, _turns.Count > 0 || !_arrived.IsEmpty ? 0 : TickMilliseconds);
            _handler.SetTime();
            _handler.IsDraining = _isDraining;
            for (int i = 0; i < count; i++)
            {
                var (what, tag) = NativeSocket.Event(events, i);
                if (tag == WakeUpTag) NativeSocket.ClearWakeUp(_wakeUp);
                else if (tag == ListenerTag) Accept();
                else if (_clients[tag] is { } client) OnEvent(client, what);
            }

            TakeArrived();
            for (int turns = _turns.Count; turns > 0; turns--)
            {
                var client = _turns.Dequeue();
                client.IsQueued = false;
                Work(client);
            }

            if (_time.GetElapsedTime(swept) >= TimeSpan.FromMilliseconds(TickMilliseconds) || _isDraining)
            {
                swept = _time.GetTimestamp();
                LookAfterListener();
                SweepClients();
            }

            if (count > 0 && _time.GetElapsedTime(yielded) >= LongestTurn)
            {
                NativeSocket.Yield();
                yielded = _time.GetTimestamp();
            }

            foreach (int slot in _freed) _free.Push(slot); // not earlier: events of this round may still name them
            _freed.Clear();
        }

        for (int slot = 0; slot < _clients.Count; slot++)
        {
            if (_clients[slot] is { } client) Close(client, isBreak: client.HasOutput || client.IsAway || client.IsUnfinished);
        }

        _drained.TrySetResult();
    }

    private void Accept()
    {
        for (int i = 0; i < AcceptsPerRound && _listener >= 0; i++)
        {
            int descriptor = NativeSocket.Accept(_listener, out IPAddress address);
            if (descriptor == -2)
            {
                _owner.OutOfDescriptors();
                NativeSocket.Unwatch(_poll, _listener); // it would be reported without end
                _isPaused = true;
            }

            if (descriptor < 0) return;
            _owner.Place(_server.CreateClient(descriptor, address));
        }
    }

    private void LookAfterListener()
    {
        if (_listener < 0) return;
        if (_isDraining)
        {
            NativeSocket.Unwatch(_poll, _listener);
            _listener = -1;
            _owner.StopListening(); // by the thread that accepts, so that it never accepts on a descriptor that is another's
        }
        else if (_isPaused)
        {
            _isPaused = false;
            NativeSocket.Watch(_poll, _listener, NativeSocket.Readable, ListenerTag);
        }
    }

    private void TakeArrived()
    {
        Interlocked.Exchange(ref _isWoken, 0); // before the queue is looked at: who comes later wakes it again
        while (_arrived.TryDequeue(out var client))
        {
            if (!client.IsAway)
            {
                Add(client);
                continue;
            }

            client.IsAway = false;
            if (client.IsClosed)
            {
                client.Release();
                continue;
            }

            Guard(client, _resume);
        }
    }

    private void Add(ClientConnection client)
    {
        var (takesPlace, leaver) = (client.TakesPlace, client.TakesPlace ? _evictions.Oldest : null);
        if (leaver is not null) Close(leaver, isBreak: false);
        if (takesPlace) _owner.Evicted();
        if (!_free.TryPop(out int slot))
        {
            slot = _clients.Count;
            _clients.Add(null);
        }

        client.Slot = slot;
        _clients[slot] = client;
        _count++;
        client.Restart(_time.GetTimestamp());
        _evictions.Follow(client);
        if (takesPlace && leaver is null)
        {
            Close(client, isBreak: true); // all others are at work
            return;
        }

        try
        {
            NativeSocket.Watch(
                _poll, client.Descriptor, NativeSocket.Readable | NativeSocket.Writable | NativeSocket.PeerClosed | NativeSocket.EdgeTriggered, slot);
        }
        catch (IOException e)
        {
            _logger.ConnectionFailed(e); // the system has no room for it
            Close(client, isBreak: true);
        }
    }

    private void OnEvent(ClientConnection client, uint what)
    {
        if ((what & (NativeSocket.Readable | NativeSocket.PeerClosed | NativeSocket.HungUp | NativeSocket.Failed)) != 0) client.MayRead = true;
        bool hasEnded = (what & NativeSocket.PeerClosed) != 0 && !client.IsPeerDone;
        if (hasEnded) client.IsPeerDone = true;
        if ((what & (NativeSocket.HungUp | NativeSocket.Failed)) != 0 && client.HasOutput)
        {
            Close(client, isBreak: true);
            return;
        }

        if ((what & (NativeSocket.HungUp | NativeSocket.Failed)) != 0 && client.IsAway)
        {
            if (_handler.Abandon(client)) Leave(client);
            return;
        }

        if (hasEnded && client.IsAway) _handler.EndedItsSide(client);

        if (!client.IsAway && !client.IsQueued) Work(client);
    }

    private void Work(ClientConnection client)
    {
        if (client.IsClosed) return;
        Guard(client, _work);
    }

    private void Guard(ClientConnection client, Func<ClientConnection, Verdict> work)
    {
        Verdict verdict;
        try
        {
            verdict = work(client);
        }
        catch (Exception e)
        {
            _logger.ConnectionFailed(e); // a fault of ours ends one connection, not all of the loop
            verdict = Verdict.Break;
        }

        switch (verdict)
        {
            case Verdict.Wait: _evictions.Follow(client); break;
            case Verdict.Close: Close(client, isBreak: false); break;
            case Verdict.Break: Close(client, isBreak: true); break;
            case Verdict.HandOver: HandOver(client); break;
        }
    }

    private void SweepClients()
    {
        for (int slot = 0; slot < _clients.Count; slot++)
        {
            if (_clients[slot] is { } client && _sweep.IsOver(client, _isDraining)) Close(client, isBreak: client.HasOutput);
        }

        if (_isDraining && _count == 0) _drained.TrySetResult();
    }

    private void HandOver(ClientConnection client)
    {
        Remove(client);
        NativeSocket.Unwatch(_poll, client.Descriptor);
        byte[] seen = client.Unstash();
        client.Release();
        _owner.HandOver(client, seen);
    }

    /// <summary>Ends a client that was away and will not come back.</summary>
    private void Leave(ClientConnection client)
    {
        client.IsAway = false;
        Close(client, isBreak: true);
    }

    private void Close(ClientConnection client, bool isBreak)
    {
        if (client.IsAway && _handler.Abandon(client)) client.IsAway = false;
        Remove(client);
        if (isBreak) NativeSocket.Abort(client.Descriptor);
        else NativeSocket.Close(client.Descriptor);
        _owner.Left(client.Address);
        if (!client.IsAway) client.Release(); // otherwise whoever is at it still uses it
    }

    private void Remove(ClientConnection client)
    {
        client.IsClosed = true;
        _evictions.Remove(client);
        _clients[client.Slot] = null;
        _freed.Add(client.Slot);
        _count--;
        Interlocked.Decrement(ref _expected);
    }
}
