using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Cvmfs.Net.Hashing;

/// <summary>The hash of an object's stored bytes: 20 bytes and the algorithm that made them.</summary>
/// <remarks>
/// <para>A value type without allocations. <see langword="default"/> is the null hash, "no object"; so is any hash whose digest is
/// all zero. Equality includes the algorithm: equal digests of different algorithms are different hashes.</para>
/// <para>Text form: 40 lower-case hex digits and the algorithm's suffix ("", "-rmd160" or "-shake128").</para>
/// </remarks>
public readonly struct ContentHash : IEquatable<ContentHash>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>Bytes of every content digest, whatever the algorithm.</summary>
    public const int DigestBytes = 20;

    /// <summary>Length of the longest text form: 40 digits and "-shake128".</summary>
    public const int MaxTextLength = 2 * DigestBytes + 9;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly uint _c;
    private readonly HashAlgorithmId _algorithm;

    /// <summary>Takes over a digest.</summary>
    /// <param name="algorithm">SHA-1, RIPEMD-160 or SHAKE-128.</param>
    /// <param name="digest">Exactly <see cref="DigestBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">The digest has another length, or the algorithm is none of the three.</exception>
    public ContentHash(HashAlgorithmId algorithm, ReadOnlySpan<byte> digest)
    {
        if (digest.Length != DigestBytes)
        {
            throw new ArgumentException($"A digest has {DigestBytes} bytes, not {digest.Length}.", nameof(digest));
        }

        if (algorithm is < HashAlgorithmId.Sha1 or > HashAlgorithmId.Shake128)
        {
            throw new ArgumentException($"Algorithm {(int)algorithm} makes no content hashes.", nameof(algorithm));
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(digest);
        _b = BinaryPrimitives.ReadUInt64BigEndian(digest[8..]);
        _c = BinaryPrimitives.ReadUInt32BigEndian(digest[16..]);
        _algorithm = algorithm;
    }

    /// <summary>True for "no object": default, or a digest of zeros.</summary>
    public bool IsNull => (_a | _b | _c) == 0;

    /// <summary>The algorithm; SHA-1 for <see langword="default"/>.</summary>
    public HashAlgorithmId Algorithm => _algorithm == 0 ? HashAlgorithmId.Sha1 : _algorithm;

    /// <summary>First byte of the digest: the folder of the object below <c>data/</c>.</summary>
    public byte FirstByte => (byte)(_a >> 56);

    /// <summary>The first 64 bits of the digest. Uniformly spread: good enough to shard or to filter by.</summary>
    public ulong Prefix64 => _a;

    /// <summary>Length of the text form.</summary>
    public int TextLength => 2 * DigestBytes + HashText.Suffix(Algorithm).Length;

    /// <summary>Hashes bytes that are in memory.</summary>
    /// <exception cref="ArgumentException">The algorithm makes no content hashes.</exception>
    public static ContentHash Compute(HashAlgorithmId algorithm, ReadOnlySpan<byte> data)
    {
        if (algorithm == HashAlgorithmId.Sha1)
        {
            Span<byte> digest = stackalloc byte[DigestBytes];
            SHA1.HashData(data, digest); // in one call: no state to set up and free for each of millions of small objects
            return new ContentHash(algorithm, digest);
        }

        using var hasher = ContentHasher.Create(algorithm);
        hasher.Append(data);
        return hasher.GetHashAndReset();
    }

    /// <summary>Parses the strict text form.</summary>
    /// <exception cref="CvmfsFormatException">The text is no content hash.</exception>
    public static ContentHash Parse(ReadOnlySpan<char> text)
        => TryParse(text, out var hash) ? hash : throw HashText.NotAHash(text);

    /// <summary>Parses the strict text form: lower-case hex, right suffix, nothing else. The empty text is not a hash.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ContentHash hash)
    {
        hash = default;
        if (text.Length > MaxTextLength) return false;
        Span<byte> ascii = stackalloc byte[MaxTextLength];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] > 0x7f) return false;
            ascii[i] = (byte)text[i];
        }

        return TryParse(ascii[..text.Length], out hash);
    }

    /// <summary>Parses the strict text form from ASCII bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ContentHash hash)
    {
        hash = default;
        Span<byte> digest = stackalloc byte[DigestBytes];
        if (text.Length < 2 * DigestBytes
            || !HashText.TryReadSuffix(text[(2 * DigestBytes)..], out var algorithm)
            || !HashText.TryReadDigits(text[..(2 * DigestBytes)], digest))
        {
            return false;
        }

        hash = new ContentHash(algorithm, digest);
        return true;
    }

    /// <summary>Writes the digest, big-endian as printed, to the first <see cref="DigestBytes"/> bytes of a span.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is too short.</exception>
    public void CopyDigestTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], _c);
    }

    /// <inheritdoc/>
    public bool Equals(ContentHash other)
        => _a == other._a && _b == other._b && _c == other._c && (Algorithm == other.Algorithm || IsNull);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ContentHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(_a ^ (_a >> 32)); // a digest is already well mixed; null hashes are equal whatever their algorithm

    /// <summary>The text form.</summary>
    public override string ToString() => string.Create(TextLength, this, static (span, hash) => hash.TryFormat(span, out _));

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format = default, IFormatProvider? provider = null)
    {
        Span<byte> text = stackalloc byte[MaxTextLength];
        TryFormat(text, out int length);
        charsWritten = 0;
        if (destination.Length < length) return false;
        for (int i = 0; i < length; i++) destination[i] = (char)text[i];
        charsWritten = length;
        return true;
    }

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format = default, IFormatProvider? provider = null)
    {
        bytesWritten = 0;
        if (utf8Destination.Length < TextLength) return false;
        Span<byte> digest = stackalloc byte[DigestBytes];
        CopyDigestTo(digest);
        HashText.WriteDigits(digest, utf8Destination);
        HashText.Suffix(Algorithm).CopyTo(utf8Destination[(2 * DigestBytes)..]);
        bytesWritten = TextLength;
        return true;
    }

    /// <summary>Compares digest and algorithm.</summary>
    public static bool operator ==(ContentHash left, ContentHash right) => left.Equals(right);

    /// <summary>Compares digest and algorithm.</summary>
    public static bool operator !=(ContentHash left, ContentHash right) => !left.Equals(right);
}
