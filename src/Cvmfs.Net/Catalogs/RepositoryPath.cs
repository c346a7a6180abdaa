using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>An absolute path inside a repository: raw bytes, empty for the root, otherwise <c>/a/b</c> without trailing slash.</summary>
/// <remarks>Names need not be valid UTF-8 and are never normalised. Ordered by components, so that a folder comes directly before what is
/// below it. Immutable; <see langword="default"/> is the root.</remarks>
public readonly struct RepositoryPath : IEquatable<RepositoryPath>, IComparable<RepositoryPath>
{
    private readonly ReadOnlyMemory<byte> _bytes;

    private RepositoryPath(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The root: the empty path.</summary>
    public static RepositoryPath Root => default;

    /// <summary>The bytes; empty for the root.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>The bytes, to slice names from without copying.</summary>
    internal ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>True for the root.</summary>
    public bool IsRoot => _bytes.IsEmpty;

    /// <summary>The last component; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => IsRoot ? default : Bytes[(Bytes.LastIndexOf((byte)'/') + 1)..];

    /// <summary>The folder above; the root is its own parent.</summary>
    public RepositoryPath Parent => IsRoot ? this : new RepositoryPath(_bytes[..Bytes.LastIndexOf((byte)'/')]);

    /// <summary>MD5 of the bytes, the key of the path in catalogs.</summary>
    public PathHash Hash => PathHash.Compute(Bytes);

    /// <summary>Takes over a path in the exact form; copies the bytes.</summary>
    /// <exception cref="ArgumentException">A component is empty, ".", "..", or holds NUL; or the path ends in a slash or begins without one.</exception>
    public static RepositoryPath FromBytes(ReadOnlySpan<byte> bytes)
        => TryFromBytes(bytes, out var path)
            ? path
            : throw new ArgumentException($"\"{Encoding.UTF8.GetString(bytes)}\" is no repository path: expected \"\" or /a/b without empty, \".\" or \"..\" components.", nameof(bytes));

    /// <summary>As <see cref="FromBytes"/>, false instead of an exception.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, out RepositoryPath path)
    {
        path = default;
        for (var rest = bytes; !rest.IsEmpty;)
        {
            if (rest[0] != (byte)'/') return false;
            rest = rest[1..];
            int end = rest.IndexOf((byte)'/');
            if (end < 0) end = rest.Length;
            if (!IsValidName(rest[..end])) return false;
            rest = rest[end..];
        }

        path = new RepositoryPath(bytes.ToArray());
        return true;
    }

    /// <summary>Parses what a person types: "/" or "" is the root, a leading slash may be missing, a trailing one is dropped. UTF-8.</summary>
    /// <exception cref="ArgumentException">A component is empty, ".", "..", or holds NUL.</exception>
    public static RepositoryPath Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim('/');
        return trimmed.Length == 0 ? Root : FromBytes(Encoding.UTF8.GetBytes("/" + trimmed));
    }

    /// <summary>Takes over bytes whose form the caller has checked, without copying them.</summary>
    internal static RepositoryPath FromChecked(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Whether bytes can be one component: not empty, not "." or "..", no slash, no NUL.</summary>
    public static bool IsValidName(ReadOnlySpan<byte> name)
        => !name.IsEmpty && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && name.IndexOfAny((byte)'/', (byte)0) < 0;

    /// <summary>The path of an entry in this folder.</summary>
    /// <exception cref="ArgumentException">The name cannot be a component.</exception>
    public RepositoryPath Append(ReadOnlySpan<byte> name)
    {
        if (!IsValidName(name)) throw new ArgumentException($"\"{Encoding.UTF8.GetString(name)}\" cannot be a name in a path.", nameof(name));
        byte[] bytes = new byte[Bytes.Length + 1 + name.Length];
        Bytes.CopyTo(bytes);
        bytes[Bytes.Length] = (byte)'/';
        name.CopyTo(bytes.AsSpan(Bytes.Length + 1));
        return new RepositoryPath(bytes);
    }

    /// <summary>Whether this path is the folder or lies below it; <c>/a/bc</c> is not below <c>/a/b</c>.</summary>
    public bool IsAtOrBelow(RepositoryPath folder)
        => Bytes.StartsWith(folder.Bytes) && (Bytes.Length == folder.Bytes.Length || Bytes[folder.Bytes.Length] == (byte)'/');

    /// <inheritdoc/>
    public bool Equals(RepositoryPath other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RepositoryPath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>Orders by components, bytewise: the slash sorts before every other byte.</summary>
    public int CompareTo(RepositoryPath other)
    {
        var left = Bytes;
        var right = other.Bytes;
        int common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length) return left.Length - right.Length;
        int l = left[common] == (byte)'/' ? -1 : left[common];
        int r = right[common] == (byte)'/' ? -1 : right[common];
        return l - r;
    }

    /// <summary>For people: "/" for the root, bytes that are not UTF-8 replaced. Not for lookups.</summary>
    public override string ToString() => IsRoot ? "/" : Encoding.UTF8.GetString(Bytes);

    /// <summary>Bytewise equality.</summary>
    public static bool operator ==(RepositoryPath left, RepositoryPath right) => left.Equals(right);

    /// <summary>Bytewise inequality.</summary>
    public static bool operator !=(RepositoryPath left, RepositoryPath right) => !left.Equals(right);

    /// <summary>See <see cref="CompareTo"/>.</summary>
    public static bool operator <(RepositoryPath left, RepositoryPath right) => left.CompareTo(right) < 0;

    /// <summary>See <see cref="CompareTo"/>.</summary>
    public static bool operator >(RepositoryPath left, RepositoryPath right) => left.CompareTo(right) > 0;

    /// <summary>See <see cref="CompareTo"/>.</summary>
    public static bool operator <=(RepositoryPath left, RepositoryPath right) => left.CompareTo(right) <= 0;

    /// <summary>See <see cref="CompareTo"/>.</summary>
    public static bool operator >=(RepositoryPath left, RepositoryPath right) => left.CompareTo(right) >= 0;
}
