using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>The objects that a catalog in the store refers to, as far as one has to know to leave them out: they are there.</summary>
/// <remarks>Sorted arrays of 24 bytes an object, one for files and one for chunks, with an index over their first bits: a look-up is one jump
/// and a few comparisons. Exact: what it says it knows, it knows. Built once, then read by one user at a time.</remarks>
internal sealed class KnownReferences : IDisposable
{
    private const int EntriesPerBucket = 8;
    private const int FirstCapacity = 256;
    private const int LeastRowBytes = 64; // two path hashes, a content hash and some numbers

    private readonly MemoryBudget _budget;
    private readonly SortedHashes _files;
    private readonly SortedHashes _chunks;
    private long _taken;

    private KnownReferences(MemoryBudget budget)
    {
        _budget = budget;
        _files = new SortedHashes(this);
        _chunks = new SortedHashes(this);
    }

    /// <summary>Objects, repeats included.</summary>
    public int Count => _files.Count + _chunks.Count;

    /// <summary>Reads what a catalog refers to.</summary>
    /// <param name="catalog">A catalog that the store has with all of its subtree.</param>
    /// <param name="budget">Where the memory comes from; it goes back on disposal.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Null if it does not fit.</returns>
    /// <exception cref="CvmfsFormatException">The catalog is damaged or makes no sense.</exception>
    public static KnownReferences? TryRead(Catalog catalog, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var known = new KnownReferences(budget);
        var self = catalog.Statistics.Self;
        long rows = catalog.Length / LeastRowBytes; // whatever the catalog claims
        bool fits = known._files.TryReserve(Math.Min(self.Regular, rows)) && known._chunks.TryReserve(Math.Min(self.Chunks, rows));
        try
        {
            if (!fits) return null;
            foreach (var reference in catalog.ReadObjectReferencesWithRepeats(cancellationToken))
            {
                if (reference.Key.Suffix == ObjectSuffix.MicroCatalog) continue; // as good as never there; not worth a third list
                fits = known.ListOf(reference.Key).TryAdd(reference.Key.Hash);
                if (!fits) return null;
            }

            fits = known._files.TrySort() && known._chunks.TrySort();
            return fits ? known : null;
        }
        catch
        {
            fits = false;
            throw;
        }
        finally
        {
            if (!fits) known.Dispose();
        }
    }

    /// <summary>Whether the catalog refers to an object.</summary>
    public bool Contains(ObjectKey key) => key.Suffix != ObjectSuffix.MicroCatalog && ListOf(key).Contains(key.Hash);

    /// <inheritdoc/>
    public void Dispose()
    {
        _budget.Return(_taken);
        _taken = 0;
    }

    private SortedHashes ListOf(ObjectKey key) => key.Suffix == ObjectSuffix.Partial ? _chunks : _files;

    private bool TryTake(long bytes)
    {
        if (!_budget.TryTake(bytes)) return false;
        _taken += bytes;
        return true;
    }

    private sealed class SortedHashes(KnownReferences owner)
    {
        private ContentHash[] _hashes = [];
        private int[] _starts = [];
        private int _shift;

        public int Count { get; private set; }

        public bool TryReserve(long count) => count <= _hashes.Length || (count <= Array.MaxLength && TryResize((int)count));

        public bool TryAdd(ContentHash hash)
        {
            if (Count == _hashes.Length && !TryResize(Math.Max(FirstCapacity, _hashes.Length + _hashes.Length / 2))) return false;
            _hashes[Count++] = hash;
            return true;
        }

        private bool TryResize(int capacity)
        {
            if (!owner.TryTake((long)capacity * Unsafe.SizeOf<ContentHash>())) return false; // old and new live side by side for a moment
            long before = (long)_hashes.Length * Unsafe.SizeOf<ContentHash>();
            Array.Resize(ref _hashes, capacity);
            owner._taken -= before;
            owner._budget.Return(before);
            return true;
        }

        /// <summary>Ends the adding.</summary>
        public bool TrySort()
        {
            var hashes = _hashes.AsSpan(0, Count);
            hashes.Sort(default(ByPrefix));
            int bits = Math.Max(0, (int)Math.Log2(Math.Max(1, Count / EntriesPerBucket)));
            if (!owner.TryTake((long)sizeof(int) << bits)) return false;
            _starts = new int[(1 << bits) + 1];
            _shift = 64 - bits;
            for (int i = 0; i < hashes.Length; i++) _starts[BucketOf(hashes[i].Prefix64) + 1] = i + 1;
            for (int bucket = 1; bucket < _starts.Length; bucket++) _starts[bucket] = Math.Max(_starts[bucket], _starts[bucket - 1]);
            return true;
        }

        public bool Contains(ContentHash hash)
        {
            int bucket = BucketOf(hash.Prefix64);
            return _hashes.AsSpan(_starts[bucket].._starts[bucket + 1]).Contains(hash);
        }

        private int BucketOf(ulong prefix) => _shift == 64 ? 0 : (int)(prefix >> _shift);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly struct ByPrefix : IComparer<ContentHash>
    {
        public int Compare(ContentHash x, ContentHash y) => x.Prefix64.CompareTo(y.Prefix64);
    }
}
