using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Manifests;

/// <summary>The frame of manifest and whitelist: text, a line <c>--</c>, a line with the text's hash, a signature to the end of the file.</summary>
/// <remarks>Bytes throughout: the signature may contain anything, line feeds and <c>--</c> included. Splitting proves nothing; whether hash and
/// signature are right is for <c>Trust</c> to say. Immutable; refers to the document's memory and does not copy it.</remarks>
public sealed class SignedLetter
{
    private SignedLetter(ReadOnlyMemory<byte> text, ReadOnlyMemory<byte> hashLine, ContentHash hash, ReadOnlyMemory<byte> signature)
        => (Text, HashLine, Hash, Signature) = (text, hashLine, hash, signature);

    /// <summary>The signed text, the line feed before the separator included.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>The hash line as ASCII, without its line feed: the message of the signature.</summary>
    public ReadOnlyMemory<byte> HashLine { get; }

    /// <summary>What the hash line claims.</summary>
    public ContentHash Hash { get; }

    /// <summary>The signature; never empty.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Whether the text has the hash that the hash line claims.</summary>
    public bool IsHashRight => !Hash.IsNull && ContentHash.Compute(Hash.Algorithm, Text.Span) == Hash;

    /// <summary>Splits a document at its first separator line.</summary>
    /// <param name="document">The whole file.</param>
    /// <param name="name">File name or URL, for the message.</param>
    /// <exception cref="CvmfsFormatException">No separator, no hash line, a hash line that is no content hash, or no signature.</exception>
    public static SignedLetter Split(ReadOnlyMemory<byte> document, string name = "signed letter")
    {
        var bytes = document.Span;
        int separator = bytes.IndexOf("\n--\n"u8);
        if (separator < 0) throw new CvmfsFormatException(name, "there is no \"--\" line; the document is not signed or cut off.", bytes.Length);

        int hashStart = separator + 4;
        int hashLength = bytes[hashStart..].IndexOf((byte)'\n');
        if (hashLength < 0) throw new CvmfsFormatException(name, "no complete hash line follows the \"--\" line.", hashStart);
        if (!ContentHash.TryParse(bytes.Slice(hashStart, hashLength), out var hash))
        {
            throw new CvmfsFormatException(
                name, $"the hash line ({hashLength} bytes) is not 40 lower-case hex digits with \"\", \"-rmd160\" or \"-shake128\" behind them.", hashStart);
        }

        int signatureStart = hashStart + hashLength + 1;
        if (signatureStart == bytes.Length) throw new CvmfsFormatException(name, "the signature is empty.", signatureStart);
        return new SignedLetter(
            document[..(separator + 1)], document.Slice(hashStart, hashLength), hash, document[signatureStart..]);
    }

    /// <summary>Builds a document around a text.</summary>
    /// <param name="text">The text; not empty, ends in a line feed, holds no separator line.</param>
    /// <param name="algorithm">Algorithm of the hash line.</param>
    /// <param name="sign">Signs the hash line's ASCII bytes, the line feed not included.</param>
    /// <exception cref="ArgumentException">The text cannot be framed.</exception>
    public static byte[] Build(ReadOnlySpan<byte> text, HashAlgorithmId algorithm, Func<byte[], byte[]> sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        if (text.IsEmpty || text[^1] != (byte)'\n') throw new ArgumentException("The text must end in a line feed.", nameof(text));
        if (text.StartsWith("--\n"u8) || text.IndexOf("\n--\n"u8) >= 0)
        {
            throw new ArgumentException("The text holds a line \"--\", which would end it early.", nameof(text));
        }

        var hash = ContentHash.Compute(algorithm, text);
        byte[] hashLine = new byte[hash.TextLength];
        hash.TryFormat(hashLine, out _);
        byte[] signature = sign(hashLine);
        return [.. text, .. "--\n"u8, .. hashLine, (byte)'\n', .. signature];
    }
}
