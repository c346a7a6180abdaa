using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Testing.Synthetic;

/// <summary>A store that remembers which objects it was given and throws the objects away: replicas of any size, without a disk.</summary>
/// <remarks>
/// Eight bytes per object, all of them taken at the beginning, so that what grows later is not the store. Keys are remembered by 64 bits of
/// their hash; at ten million objects two are mixed up once in three hundred thousand runs. Whole are kept only what names a revision:
/// certificates, tags, meta information. Catalogs that wait to be committed lie in temporary files. Thread-safe.
/// </remarks>
public sealed class DiscardingObjectStore : IObjectStore
{
    private readonly ulong[] _keys; // open addressing; 0 for empty
    private readonly uint _mask;
    private readonly ConcurrentDictionary<ObjectKey, byte[]> _kept = new();
    private readonly Action? _stored;
    private long _count;
    private long _catalogs;

    /// <summary>Makes room.</summary>
    /// <param name="capacity">Most objects that it will be given.</param>
    /// <param name="stored">Told of every object that is new to it.</param>
    public DiscardingObjectStore(int capacity, Action? stored = null)
    {
        _stored = stored;
        _keys = new ulong[(int)BitOperations.RoundUpToPowerOf2((uint)capacity + (uint)capacity / 4 + 1024)];
        _keys.AsSpan().Clear(); // touched, so that it counts from the beginning
        _mask = (uint)_keys.Length - 1;
    }

    /// <inheritdoc/>
    public string Location => "nowhere";

    /// <summary>Different objects given so far, catalogs included.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Different catalogs given so far.</summary>
    public long Catalogs => Interlocked.Read(ref _catalogs);

    /// <inheritdoc/>
    public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default) => ValueTask.FromResult(Contains(key));

    /// <inheritdoc/>
    public ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default)
        => _kept.TryGetValue(key, out byte[]? content) ? ValueTask.FromResult<Stream?>(new MemoryStream(content, writable: false))
            : Contains(key) ? throw new IOException($"{key} was thrown away.")
            : ValueTask.FromResult<Stream?>(null);

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default)
        => ValueTask.FromResult<ObjectWriter>(new Writer(this, algorithm, suffix));

    /// <inheritdoc/>
    public ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        var actual = ContentHash.Compute(key.Hash.Algorithm, content.Span);
        if (actual != key.Hash) throw ObjectIntegrityException.Mismatch(key, actual, content.Length, Location);
        if (IsKept(key.Suffix)) _kept[key] = content.ToArray();
        Add(key);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default) => throw new NotSupportedException("It forgets nothing.");

    /// <summary>Lists what was kept whole, which is little.</summary>
    public async IAsyncEnumerable<ObjectKey> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var (key, _) in _kept) yield return key;
        await ValueTask.CompletedTask;
    }

    private static bool IsKept(ObjectSuffix suffix) => suffix is not (ObjectSuffix.None or ObjectSuffix.Partial or ObjectSuffix.Catalog);

    private static ulong Mark(ObjectKey key) => (key.Hash.Prefix64 ^ ((ulong)key.Suffix << 1)) | 1;

    private bool Contains(ObjectKey key)
    {
        ulong mark = Mark(key);
        for (uint slot = Slot(mark); ; slot = (slot + 1) & _mask)
        {
            ulong found = Volatile.Read(ref _keys[slot]);
            if (found == mark) return true;
            if (found == 0) return false;
        }
    }

    private void Add(ObjectKey key)
    {
        ulong mark = Mark(key);
        for (uint slot = Slot(mark); ; slot = (slot + 1) & _mask)
        {
            ulong before = Interlocked.CompareExchange(ref _keys[slot], mark, 0);
            if (before == mark) return;
            if (before != 0) continue;
            Interlocked.Increment(ref _count);
            if (key.Suffix == ObjectSuffix.Catalog) Interlocked.Increment(ref _catalogs);
            _stored?.Invoke();
            return;
        }
    }

    private uint Slot(ulong mark) => (uint)(mark >> 8) & _mask;

    private sealed class Writer(DiscardingObjectStore store, HashAlgorithmId algorithm, ObjectSuffix suffix) : ObjectWriter(algorithm, suffix)
    {
        private Stream? _content = suffix == ObjectSuffix.Catalog
            ? new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 4096, FileOptions.DeleteOnClose)
            : new MemoryStream();

        protected override ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _content!.WriteAsync(bytes, cancellationToken);

        protected override ValueTask<StagedObject> CompleteCoreAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            var staged = new Staged(store, key, _content!);
            _content = null;
            return ValueTask.FromResult<StagedObject>(staged);
        }

        protected override ValueTask DisposeCoreAsync() => _content?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private sealed class Staged(DiscardingObjectStore store, ObjectKey key, Stream content) : StagedObject(key, content.Length)
    {
        public override async ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default)
        {
            byte[] copy = new byte[Length];
            content.Position = 0;
            await content.ReadExactlyAsync(copy, cancellationToken);
            return new MemoryStream(copy, writable: false);
        }

        public override ValueTask CommitAsync(CancellationToken cancellationToken = default)
        {
            if (IsKept(Key.Suffix)) store._kept[Key] = ((MemoryStream)content).ToArray();
            store.Add(Key);
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync() => content.DisposeAsync();
    }
}
