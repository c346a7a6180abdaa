namespace Cvmfs.Net.Objects;

/// <summary>Remembers what a store holds, so that asking for what it does not hold costs no system call. Thread-safe.</summary>
/// <remarks>
/// <para>A filter for each of the 256 object folders. "No" comes from the filter alone; "yes" is always confirmed by the store, so that a file that
/// is gone, empty or a filter's error is never taken for an object. Who only stores through one index gets right answers; what another
/// process adds meanwhile is not seen, and costs whoever relies on the answer a transfer that was not needed.</para>
/// <para>A folder is read when it pays: after so many questions to the store that reading the folder would have cost no more. Hashes fill all
/// folders alike, so the first one that is read says what the others cost; a reading that turns out longer is given up, and tried again after
/// twice as many questions. Nothing is kept on disk.</para>
/// </remarks>
public sealed class PresenceIndex
{
    private const int Shards = 256;

    // Measured with warm folders of some hundred entries: a question to the file system costs twice as much as an entry of a folder that is read.
    private const int EntriesPerQuestion = 2;
    private const int SmallFolder = 64; // entries that are read at the first question

    private readonly FileObjectStore _store;
    private readonly Shard[] _shards = new Shard[Shards];
    private readonly Func<long, bool> _tryTake;
    private readonly long _memoryBytes;
    private long _typicalEntries; // of a folder, as far as it is known; none are expected before the first was read
    private long _taken;
    private long _asked;
    private long _spared;

    /// <summary>Knows nothing yet, and reads nothing.</summary>
    /// <param name="store">The store to answer for.</param>
    /// <param name="options">Defaults where null.</param>
    public PresenceIndex(FileObjectStore store, PresenceIndexOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _tryTake = TryTake;
        _memoryBytes = (options ?? new PresenceIndexOptions()).MemoryBytes;
        for (int i = 0; i < Shards; i++) _shards[i] = new Shard();
    }

    /// <summary>Bytes of all filters.</summary>
    public long MemoryBytes => Interlocked.Read(ref _taken);

    /// <summary>Questions that went on to the store.</summary>
    public long QuestionsAsked => Interlocked.Read(ref _asked);

    /// <summary>Questions that were answered without it.</summary>
    public long QuestionsSpared => Interlocked.Read(ref _spared);

    /// <summary>Whether the store has an object.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var shard = _shards[key.Hash.FirstByte];
        if (shard.State != ShardState.Known && IsWorthReading(shard.CountQuestion())) Read(shard, key.Hash.FirstByte, cancellationToken);
        if (shard.State == ShardState.Known && !shard.Filter.MayContain(key))
        {
            Interlocked.Increment(ref _spared);
            return ValueTask.FromResult(false);
        }

        Interlocked.Increment(ref _asked);
        return _store.ContainsAsync(key, cancellationToken);
    }

    /// <summary>Whether the filters say that the store does not have an object. False where they do not know: nothing is asked of the store.</summary>
    /// <remarks>May read a folder, as <see cref="ContainsAsync"/> does. The caller knows whether somebody else may have changed it since.</remarks>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public bool IsKnownAbsent(ObjectKey key)
    {
        var shard = _shards[key.Hash.FirstByte];
        if (shard.State != ShardState.Known && IsWorthReading(shard.CountQuestion())) Read(shard, key.Hash.FirstByte, CancellationToken.None);
        if (shard.State != ShardState.Known || shard.Filter.MayContain(key)) return false;
        Interlocked.Increment(ref _spared);
        return true;
    }

    /// <summary>Takes note of an object that is visible in the store from now on.</summary>
    public void Added(ObjectKey key)
    {
        var shard = _shards[key.Hash.FirstByte];
        if (shard.State == ShardState.Unknown) return; // when the folder is read, it is there
        lock (shard.Gate)
        {
            if (shard.State != ShardState.Unknown && !shard.Filter.Add(key, _tryTake)) Forget(shard);
        }
    }

    /// <summary>Forgets everything: for when somebody else may have changed the store.</summary>
    public void Clear()
    {
        foreach (var shard in _shards)
        {
            lock (shard.Gate) Forget(shard);
        }
    }

    /// <summary>Forgets one folder: for when somebody else has changed it. It is read again when that pays again.</summary>
    /// <param name="folder">The first byte of the hashes in it.</param>
    public void Forget(byte folder)
    {
        var shard = _shards[folder];
        lock (shard.Gate)
        {
            Forget(shard);
            shard.ForgetQuestions();
        }
    }

    private bool IsWorthReading(long questions)
    {
        long expected = Interlocked.Read(ref _typicalEntries);
        return expected <= SmallFolder || expected <= questions * EntriesPerQuestion;
    }

    private void Read(Shard shard, byte folder, CancellationToken cancellationToken)
    {
        long limit;
        PresenceFilter filter;
        lock (shard.Gate)
        {
            if (shard.State != ShardState.Unknown) return; // somebody else is at it, or was
            limit = Math.Max(SmallFolder, 2 * Interlocked.Read(ref _typicalEntries));
            shard.Begin();
            filter = shard.Filter;
        }

        bool isKnown = false;
        try
        {
            isKnown = FillFrom(_store.EnumerateFolder(folder), shard, filter, limit, cancellationToken);
        }
        finally
        {
            lock (shard.Gate)
            {
                // Whoever cleared the index meanwhile, or ran out of memory, began something new.
                if (shard.Filter == filter)
                {
                    if (isKnown) shard.State = ShardState.Known;
                    else Forget(shard);
                }
            }
        }
    }

    private bool FillFrom(IEnumerable<ObjectKey> keys, Shard shard, PresenceFilter filter, long limit, CancellationToken cancellationToken)
    {
        // The last reading was given up after half as many, so that this is not far too much.
        if (!filter.Reserve(limit, _tryTake)) return false;
        long read = 0;
        foreach (var key in keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++read > limit)
            {
                Interlocked.Exchange(ref _typicalEntries, 2 * limit); // at least half of that
                return false;
            }

            lock (shard.Gate)
            {
                if (shard.Filter != filter || !filter.Add(key, _tryTake)) return false;
            }
        }

        Interlocked.Exchange(ref _typicalEntries, read);
        return true;
    }

    private void Forget(Shard shard)
    {
        Interlocked.Add(ref _taken, -shard.Filter.MemoryBytes);
        shard.Reset();
    }

    private bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= _memoryBytes) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    private enum ShardState : byte
    {
        Unknown,
        Reading,
        Known,
    }

    private sealed class Shard
    {
        private volatile ShardState _state;
        private long _questions;

        public Lock Gate { get; } = new();

        public PresenceFilter Filter { get; private set; } = new();

        public ShardState State
        {
            get => _state;
            set => _state = value;
        }

        /// <summary>Counts a question that comes while the folder is not known.</summary>
        public long CountQuestion() => Interlocked.Increment(ref _questions);

        public void ForgetQuestions() => Interlocked.Exchange(ref _questions, 0);

        public void Begin()
        {
            Filter = new PresenceFilter();
            State = ShardState.Reading;
        }

        public void Reset()
        {
            State = ShardState.Unknown;
            Filter = new PresenceFilter();
        }
    }
}
