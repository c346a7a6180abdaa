using System.Numerics;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Objects by hash within a number of bytes, and which of them goes next (see ObjectTable.Eviction.cs). Safe for concurrent use.</summary>
/// <remarks>
/// <para>Reading takes no lock and allocates nothing: a reader copies what it finds and looks at the version again; whoever changes a chain makes the
/// version odd first. All memory is managed arrays whose bounds are checked, so what is torn is thrown away and never followed.</para>
/// <para>Older, Newer and Use are not read for lookups and change without the version.</para>
/// </remarks>
internal sealed partial class ObjectTable<TValue>
    where TValue : struct
{
    private const int PageBits = 10; // 1,024 entries of 64 bytes: below what goes to the heap of large objects
    private const int PageSize = 1 << PageBits;
    private const int None = -1;
    private const int MaxAttempts = 64;
    private const int MaxChain = 1024;
    private const uint MostTouches = 3;

    private readonly Lock _lock = new();
    private readonly Func<long, long> _costOf;
    private TableEntry<TValue>[][] _pages = [];
    private int[] _buckets;
    private int _version;
    private int _free = None;
    private int _allocated;
    private int _count;
    private long _bytes;
    private uint _minute;

    /// <param name="capacity">Bytes, as <paramref name="costOf"/> counts them.</param>
    /// <param name="costOf">What an object of a length takes.</param>
    /// <param name="quotas">Shares of the repositories with the numbers 1, 2, …; none for the rest.</param>
    /// <param name="largestAtOnce">Objects that take more must come twice; null for a hundredth of the capacity.</param>
    /// <param name="largeFactor">Objects of more than so many times the mean have to be asked for twice to stay.</param>
    public ObjectTable(long capacity, Func<long, long> costOf, IReadOnlyList<RepositoryQuota>? quotas = null, long? largestAtOnce = null, double largeFactor = 2)
    {
        (Capacity, _costOf, _largestAtOnce, _largeFactor) = (capacity, costOf, largestAtOnce ?? capacity / 100, largeFactor);
        _buckets = NewBuckets(1024);
        _partitions = new Partition[1 + (quotas?.Count ?? 0)];
        _partitions[0] = new Partition(long.MaxValue, 0);
        for (int i = 1; i < _partitions.Length; i++) _partitions[i] = new Partition(quotas![i - 1].MaxBytes, quotas[i - 1].FloorBytes);
    }

    /// <summary>Bytes that may be taken; until victims are taken there may be more. Set by the one thread that evicts.</summary>
    public long Capacity { get; set; }

    /// <summary>Bytes taken.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Objects.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Sets what counts as now for uses, in minutes.</summary>
    public void SetMinute(uint minute) => Volatile.Write(ref _minute, minute & 0xffffff);

    /// <summary>Finds an object and notes the use.</summary>
    /// <returns>False also when the table was being changed all the while: <see cref="TryGet"/> knows for certain.</returns>
    public bool TryRead(in ContentHash hash, out TableEntry<TValue> entry)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            int version = Volatile.Read(ref _version);
            if ((version & 1) == 0)
            {
                int slot = Find(hash, out entry);
                Volatile.ReadBarrier();
                if (Volatile.Read(ref _version) == version)
                {
                    if (slot != None) Touch(slot);
                    return slot != None;
                }
            }

            Thread.SpinWait(8);
        }

        entry = default;
        return false;
    }

    /// <summary>Finds an object; waits for changes that are under way.</summary>
    public bool TryGet(in ContentHash hash, bool isUse, out TableEntry<TValue> entry)
    {
        lock (_lock)
        {
            int slot = Find(hash, out entry);
            if (slot != None && isUse) Touch(slot);
            return slot != None;
        }
    }

    /// <summary>Adds an object. Victims are taken by the caller afterwards.</summary>
    public Admission Insert(TableEntry<TValue> entry)
    {
        lock (_lock)
        {
            if (Find(entry.Hash, out _) != None) return Admission.Present;
            bool isKnown = _ghosts.Take(entry.Hash.Prefix64, Math.Max(_count, MinGhosts));
            if (!isKnown && _costOf(entry.Length) > _largestAtOnce)
            {
                _ghosts.Add(entry.Hash.Prefix64);
                return Admission.Refused;
            }

            entry.IsMain = isKnown || entry.IsCatalog;
            entry.Use = _minute << 8;
            Link(entry);
            return Admission.Admitted;
        }
    }

    /// <summary>Adds an object as it was before a restart, behind those added before. False when it is there.</summary>
    public bool Restore(TableEntry<TValue> entry)
    {
        lock (_lock)
        {
            if (Find(entry.Hash, out _) != None) return false;
            Link(entry);
            return true;
        }
    }

    /// <summary>Gives an object another value, if it still has the one that is expected.</summary>
    public bool TryReplace(in ContentHash hash, TValue value, Func<TValue, bool> isExpected, byte? verified = null)
    {
        lock (_lock)
        {
            int slot = Find(hash, out var entry);
            if (slot == None || !isExpected(entry.Value)) return false;
            BeginChange();
            ref var there = ref At(slot);
            there.Value = value;
            if (verified is { } epoch) there.Verified = epoch;
            EndChange();
            return true;
        }
    }

    /// <summary>Removes an object, if it is there and is as expected.</summary>
    public bool TryRemove(in ContentHash hash, out TableEntry<TValue> removed, Func<TValue, bool>? isExpected = null)
    {
        lock (_lock)
        {
            int slot = Find(hash, out removed);
            if (slot == None || isExpected?.Invoke(removed.Value) == false) return false;
            Unlink(slot);
            return true;
        }
    }

    /// <summary>Copies entries from a position on, in no special order; what changes meanwhile may be among them or not.</summary>
    /// <returns>Number of entries; the position is behind the last one, and 0 after the end.</returns>
    public int CopyFrom(ref int position, Span<TableEntry<TValue>> entries)
    {
        lock (_lock)
        {
            int count = 0;
            while (position < _allocated && count < entries.Length)
            {
                ref var entry = ref At(position++);
                if (entry.IsInUse) entries[count++] = entry;
            }

            if (position >= _allocated) position = 0;
            return count;
        }
    }

    /// <summary>Places of all objects, those that would go first before the others.</summary>
    public int[] SlotsInOrder()
    {
        lock (_lock)
        {
            int[] slots = new int[_count];
            int at = 0;
            foreach (var partition in _partitions)
            {
                for (int slot = partition.Main.Oldest; slot != None; slot = At(slot).Newer) slots[at++] = slot;
                for (int slot = partition.Small.Oldest; slot != None; slot = At(slot).Newer) slots[at++] = slot;
            }

            return slots;
        }
    }

    /// <summary>Copies what is in places now; those that became empty are left out.</summary>
    /// <returns>Number of entries.</returns>
    public int Copy(ReadOnlySpan<int> slots, Span<TableEntry<TValue>> entries)
    {
        lock (_lock)
        {
            int count = 0;
            foreach (int slot in slots)
            {
                ref var entry = ref At(slot);
                if (entry.IsInUse) entries[count++] = entry;
            }

            return count;
        }
    }

    private static int[] NewBuckets(int count)
    {
        int[] buckets = new int[count];
        buckets.AsSpan().Fill(None);
        return buckets;
    }

    private ref TableEntry<TValue> At(int slot) => ref _pages[slot >> PageBits][slot & (PageSize - 1)];

    /// <summary>Finds the slot of an object. Without the lock the answer counts only if the version stayed.</summary>
    private int Find(in ContentHash hash, out TableEntry<TValue> entry)
    {
        int[] buckets = Volatile.Read(ref _buckets);
        var pages = Volatile.Read(ref _pages);
        int slot = buckets[(uint)hash.Prefix64 & (uint)(buckets.Length - 1)];
        for (int steps = 0; slot >= 0 && steps < MaxChain; steps++)
        {
            int page = slot >> PageBits;
            if (page >= pages.Length) break; // grew meanwhile
            ref var there = ref pages[page][slot & (PageSize - 1)];
            if (there.Hash == hash)
            {
                entry = there;
                return slot;
            }

            slot = there.NextInBucket;
        }

        entry = default;
        return None;
    }

    private void Touch(int slot)
    {
        ref uint use = ref At(slot).Use;
        uint minute = Volatile.Read(ref _minute);
        uint touches = use & 0xff;
        if (touches < MostTouches || use >> 8 != minute) use = (minute << 8) | Math.Min(touches + 1, MostTouches);
    }

    private void Link(in TableEntry<TValue> entry)
    {
        if (_count >= _buckets.Length) GrowBuckets();
        int slot = _free != None ? _free : Allocate();
        BeginChange();
        ref var there = ref At(slot);
        if (_free == slot) _free = there.NextInBucket;
        there = entry;
        ref int bucket = ref _buckets[(uint)entry.Hash.Prefix64 & (uint)(_buckets.Length - 1)];
        there.NextInBucket = bucket;
        bucket = slot;
        EndChange();
        _count++;
        Enqueue(slot);
    }

    private void Unlink(int slot)
    {
        Dequeue(slot);
        ref var there = ref At(slot);
        BeginChange();
        ref int link = ref _buckets[(uint)there.Hash.Prefix64 & (uint)(_buckets.Length - 1)];
        while (link != slot) link = ref At(link).NextInBucket;
        link = there.NextInBucket;
        there = default; // lets go of what the value refers to
        there.NextInBucket = _free;
        EndChange();
        _free = slot;
        _count--;
    }

    private int Allocate()
    {
        if (_allocated >> PageBits == _pages.Length)
        {
            Volatile.Write(ref _pages, [.. _pages, new TableEntry<TValue>[PageSize]]);
        }

        return _allocated++;
    }

    private void GrowBuckets()
    {
        int[] buckets = NewBuckets((int)BitOperations.RoundUpToPowerOf2((uint)_count + 1) * 2);
        BeginChange();
        for (int slot = 0; slot < _allocated; slot++)
        {
            ref var entry = ref At(slot);
            if (!entry.IsInUse) continue;
            ref int bucket = ref buckets[(uint)entry.Hash.Prefix64 & (uint)(buckets.Length - 1)];
            entry.NextInBucket = bucket;
            bucket = slot;
        }

        Volatile.Write(ref _buckets, buckets);
        EndChange();
        _ghosts.EnsureCapacity(_count);
    }

    private void BeginChange()
    {
        Volatile.Write(ref _version, _version + 1);
        Volatile.WriteBarrier();
    }

    private void EndChange() => Volatile.Write(ref _version, _version + 1);
}
