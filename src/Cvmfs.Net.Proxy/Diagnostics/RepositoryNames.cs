using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>The repositories that are counted one by one: those that were configured, then the first that were served, up to a limit. What
/// clients make up is counted as <c>other</c>. Thread-safe; finding does not allocate.</summary>
internal sealed class RepositoryNames
{
    private readonly ConcurrentDictionary<byte[], KnownRepository> _known = new(Comparer.Instance);
    private readonly ConcurrentDictionary<byte[], KnownRepository>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly int _limit;
    private int _places;

    /// <summary>Begins with names that have a place in any case.</summary>
    public RepositoryNames(IEnumerable<string> configured, int limit)
    {
        _bySpan = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (string name in configured) _known.TryAdd(Encoding.ASCII.GetBytes(name), new KnownRepository(name));
        _places = _known.Count;
        _limit = _places + limit;
    }

    /// <summary>Where all that have no place are counted.</summary>
    public KnownRepository Other { get; } = new("other");

    /// <summary>All that have a place, and the others.</summary>
    public IEnumerable<KnownRepository> All => _known.Values.Append(Other);

    /// <summary>The repository of a request that was served, which gives it a place while there is one.</summary>
    public KnownRepository Served(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty) return Other;
        if (_bySpan.TryGetValue(name, out var known)) return known;
        // Counted here: the dictionary takes all of its locks to say how many it has, and those beyond the limit ask with every request.
        if (name.Length > 255 || Volatile.Read(ref _places) >= _limit || Interlocked.Increment(ref _places) > _limit) return Other;
        if (!_known.TryAdd(name.ToArray(), new KnownRepository(Encoding.ASCII.GetString(name)))) Interlocked.Decrement(ref _places);
        return _bySpan.TryGetValue(name, out known) ? known : Other;
    }

    /// <summary>The repository of a request that was not served.</summary>
    public KnownRepository Find(ReadOnlySpan<byte> name) => _bySpan.TryGetValue(name, out var known) ? known : Other;

    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
