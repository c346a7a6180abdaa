using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Trust;

/// <summary>Hash of a certificate's DER form, printed as whitelists do: <c>24:83:…:ED</c>, with <c>-RMD160</c> or <c>-SHAKE128</c> behind it.</summary>
/// <remarks>Immutable. MD5 exists for blacklists alone; a whitelist that lists one is not believed in it.</remarks>
public readonly struct Fingerprint : IEquatable<Fingerprint>
{
    // 40 digits and "-shake128"; a line has more characters for its colons and comment.
    private const int MaxBareLength = ContentHash.MaxTextLength;

    private readonly ContentHash _hash;
    private readonly UInt128 _md5;
    private readonly bool _isMd5;

    /// <summary>Takes over a hash of DER bytes.</summary>
    public Fingerprint(ContentHash hash) => _hash = hash;

    private Fingerprint(ReadOnlySpan<byte> md5)
        => (_md5, _isMd5) = (BinaryPrimitives.ReadUInt128BigEndian(md5), true);

    /// <summary>The algorithm, MD5 included.</summary>
    public HashAlgorithmId Algorithm => _isMd5 ? HashAlgorithmId.Md5 : _hash.Algorithm;

    /// <summary>Makes the fingerprint of a certificate.</summary>
    /// <param name="algorithm">Any of the four.</param>
    /// <param name="certificate">DER bytes.</param>
    /// <exception cref="ArgumentException">The algorithm is none of the four.</exception>
    public static Fingerprint Compute(HashAlgorithmId algorithm, ReadOnlySpan<byte> certificate)
        => algorithm == HashAlgorithmId.Md5 ? new Fingerprint(MD5.HashData(certificate)) : new Fingerprint(ContentHash.Compute(algorithm, certificate));

    /// <summary>Reads a line: up to the first blank, tab or <c>#</c>, colons anywhere, digits and suffix in either case.</summary>
    /// <returns>False for a line that is no fingerprint.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out Fingerprint fingerprint)
    {
        fingerprint = default;
        int end = line.IndexOfAny((byte)' ', (byte)'\t', (byte)'#');
        if (end >= 0) line = line[..end];

        Span<byte> bare = stackalloc byte[MaxBareLength];
        int length = 0;
        foreach (byte character in line)
        {
            if (character == (byte)':') continue;
            if (length == MaxBareLength) return false;
            bare[length++] = character is >= (byte)'A' and <= (byte)'Z' ? (byte)(character | 0x20) : character;
        }

        bare = bare[..length];
        if (length == 2 * MD5.HashSizeInBytes)
        {
            Span<byte> md5 = stackalloc byte[MD5.HashSizeInBytes];
            if (!HashText.TryReadDigits(bare, md5)) return false;
            fingerprint = new Fingerprint(md5);
            return true;
        }

        if (!ContentHash.TryParse(bare, out var hash) || hash.IsNull) return false;
        fingerprint = new Fingerprint(hash);
        return true;
    }

    /// <summary>As <see cref="TryParse(ReadOnlySpan{byte}, out Fingerprint)"/>, from text.</summary>
    /// <exception cref="CvmfsFormatException">The text is no fingerprint.</exception>
    public static Fingerprint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(Encoding.UTF8.GetBytes(text), out var fingerprint)
            ? fingerprint
            : throw new CvmfsFormatException("fingerprint", $"\"{text}\" is no colon-separated hash of a certificate.");
    }

    /// <summary>Whether a certificate has this fingerprint.</summary>
    /// <param name="certificate">DER bytes.</param>
    public bool Matches(ReadOnlySpan<byte> certificate) => Compute(Algorithm, certificate).Equals(this);

    /// <inheritdoc/>
    public bool Equals(Fingerprint other) => _isMd5 == other._isMd5 && _md5 == other._md5 && _hash == other._hash;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Fingerprint other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_hash, _md5);

    /// <summary>Upper-case pairs with colons between them, and the algorithm's suffix.</summary>
    public override string ToString()
    {
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        if (_isMd5)
        {
            digest = digest[..MD5.HashSizeInBytes];
            BinaryPrimitives.WriteUInt128BigEndian(digest, _md5);
        }
        else
        {
            _hash.CopyDigestTo(digest);
        }

        var text = new StringBuilder(3 * digest.Length + 9);
        foreach (byte value in digest)
        {
            if (text.Length > 0) text.Append(':');
            text.Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }

        return text.Append(Encoding.ASCII.GetString(HashText.Suffix(Algorithm)).ToUpperInvariant()).ToString();
    }

    /// <summary>Compares digest and algorithm.</summary>
    public static bool operator ==(Fingerprint left, Fingerprint right) => left.Equals(right);

    /// <summary>Compares digest and algorithm.</summary>
    public static bool operator !=(Fingerprint left, Fingerprint right) => !left.Equals(right);
}
