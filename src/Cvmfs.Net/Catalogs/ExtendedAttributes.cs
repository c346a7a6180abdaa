using System.Collections;
using System.Text;

namespace Cvmfs.Net.Catalogs;

/// <summary>A catalog entry's extended attributes: values by key, both raw bytes, ordered by key bytewise. Immutable.</summary>
/// <remarks>Stored form: version 1, the number of attributes, then for each a byte of key length, a byte of value length, key and value.</remarks>
public sealed class ExtendedAttributes : IReadOnlyList<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>>
{
    private const byte Version = 1;
    private const int HeaderBytes = 2;
    private const int MaxLength = byte.MaxValue;

    private readonly KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>[] _attributes;

    private ExtendedAttributes(IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> attributes)
    {
        _attributes = [.. attributes];
        Array.Sort(_attributes, static (left, right) => left.Key.Span.SequenceCompareTo(right.Key.Span));
    }

    /// <summary>No attributes.</summary>
    public static ExtendedAttributes Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _attributes.Length;

    /// <inheritdoc/>
    public KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> this[int index] => _attributes[index];

    /// <summary>Reads the stored form.</summary>
    /// <returns>Empty where nothing is stored. Also empty, with false from <see cref="TryParse"/>, where what is stored is damaged: a list
    /// is used whole or not at all.</returns>
    public static ExtendedAttributes Parse(ReadOnlySpan<byte> stored) => TryParse(stored, out var attributes) ? attributes : Empty;

    /// <summary>Reads the stored form; tells a damaged list from none.</summary>
    /// <returns>False if the version is unknown, the bytes end early or a key is empty.</returns>
    public static bool TryParse(ReadOnlySpan<byte> stored, out ExtendedAttributes attributes)
    {
        attributes = Empty;
        if (stored.IsEmpty) return true;
        if (stored.Length < HeaderBytes || stored[0] != Version) return false;
        int count = stored[1];
        if (count == 0) return true;
        var found = new Dictionary<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(count, BytesComparer.Instance);
        ReadOnlyMemory<byte> copy = stored.ToArray();
        int at = HeaderBytes;
        for (int i = 0; i < count; i++)
        {
            if (stored.Length - at < 2) return false;
            int keyLength = stored[at];
            int valueLength = stored[at + 1];
            at += 2;
            if (keyLength == 0 || stored.Length - at < keyLength + valueLength) return false;
            found[copy.Slice(at, keyLength)] = copy.Slice(at + keyLength, valueLength); // the last of equal keys wins
            at += keyLength + valueLength;
        }

        attributes = new ExtendedAttributes(found);
        return true;
    }

    /// <summary>Makes a list to store.</summary>
    /// <exception cref="ArgumentException">More than 255 attributes, a key that is empty, longer than 255 bytes, twice there or holds NUL, or
    /// a value longer than 255 bytes: none of these can be stored.</exception>
    public static ExtendedAttributes Create(IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> attributes)
    {
        var made = new ExtendedAttributes(attributes);
        if (made.Count > MaxLength) throw new ArgumentException($"{made.Count} attributes; at most {MaxLength} can be stored.", nameof(attributes));
        for (int i = 0; i < made.Count; i++)
        {
            var (key, value) = made[i];
            if (!CanStore(key.Span, value.Span))
            {
                throw new ArgumentException(
                    $"attribute \"{Encoding.UTF8.GetString(key.Span)}\" with {value.Length} bytes: keys have 1 to {MaxLength} bytes without NUL, values at most {MaxLength}.", nameof(attributes));
            }

            if (i > 0 && made[i - 1].Key.Span.SequenceEqual(key.Span)) throw new ArgumentException($"attribute \"{Encoding.UTF8.GetString(key.Span)}\" is there twice.", nameof(attributes));
        }

        return made;
    }

    /// <summary>Whether the format can hold an attribute.</summary>
    public static bool CanStore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        => key.Length is > 0 and <= MaxLength && value.Length <= MaxLength && !key.Contains((byte)0);

    /// <summary>The stored form; empty, to be stored as NULL, for no attributes.</summary>
    public byte[] Serialize()
    {
        if (Count == 0) return [];
        byte[] stored = new byte[HeaderBytes + _attributes.Sum(static attribute => 2 + attribute.Key.Length + attribute.Value.Length)];
        stored[0] = Version;
        stored[1] = (byte)Count;
        int at = HeaderBytes;
        foreach (var (key, value) in _attributes)
        {
            stored[at++] = (byte)key.Length;
            stored[at++] = (byte)value.Length;
            key.Span.CopyTo(stored.AsSpan(at));
            value.Span.CopyTo(stored.AsSpan(at + key.Length));
            at += key.Length + value.Length;
        }

        return stored;
    }

    /// <summary>The value of a key, compared bytewise.</summary>
    public bool TryGetValue(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        foreach (var attribute in _attributes)
        {
            if (!attribute.Key.Span.SequenceEqual(key)) continue;
            value = attribute.Value;
            return true;
        }

        value = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> GetEnumerator() => _attributes.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class BytesComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj.Span);
            return hash.ToHashCode();
        }
    }
}
