using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Trust;

/// <summary>What a <c>.cvmfswhitelist</c> says: the certificates that may sign for a repository, and until when. Parsed, <em>not verified</em>.</summary>
/// <remarks>Lines have meaning by position: creation, expiry, name, optional flags, fingerprints. Immutable.</remarks>
public sealed class Whitelist
{
    /// <summary>Bytes of the longest document that is read: 1 MiB, the reference's limit for downloads to memory.</summary>
    public const int MaxBytes = 1 << 20;

    private const string DocumentName = ".cvmfswhitelist";
    private const int DateLength = 14; // YYYYMMDDhhmmss

    private Whitelist(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The document, byte for byte as it was given.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Time of creation; null where the line is no date, which nobody minds.</summary>
    public DateTimeOffset? CreatedAt { get; private set; }

    /// <summary>End of validity as written, to the second: for reports. Acceptance goes by <see cref="IsExpiredAt"/>.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>Name of the repository, one character a byte.</summary>
    public string RepositoryName { get; private set; } = "";

    /// <summary>Whether the signature is a PKCS#7 document of its own (flag <c>Vpkcs7</c>).</summary>
    public bool IsPkcs7 { get; private set; }

    /// <summary>Whether the publisher's certificate must have a chain to a trusted authority (flag <c>Wcachain</c>).</summary>
    public bool DemandsCaChain { get; private set; }

    /// <summary>Certificates that may sign. MD5 fingerprints are left out: nobody should be believed by MD5.</summary>
    public IReadOnlyList<Fingerprint> Fingerprints { get; private set; } = [];

    /// <summary>Parses a whitelist.</summary>
    /// <param name="document">The whole file; kept, not copied.</param>
    /// <param name="origin">URL or file, for messages.</param>
    /// <exception cref="CvmfsFormatException">One of the first three lines has another length or form, or the file is longer than <see cref="MaxBytes"/>.</exception>
    public static Whitelist Parse(ReadOnlyMemory<byte> document, string? origin = null)
    {
        string name = origin ?? DocumentName;
        if (document.Length > MaxBytes)
        {
            throw new CvmfsFormatException(name, $"{document.Length} bytes are too long for a whitelist, at most {MaxBytes} are read.");
        }

        var rest = document.Span;
        var creation = NextLine(ref rest);
        if (creation.Length != DateLength) throw Malformed(name, "the creation time (line 1)", "14 digits", creation);
        var expiry = NextLine(ref rest);
        if (expiry.Length != DateLength + 1 || expiry[0] != (byte)'E' || ReadDate(expiry[1..]) is not { } expiresAt)
        {
            throw Malformed(name, "the expiry (line 2)", "\"E\" and a date of 14 digits", expiry);
        }

        var fqrn = NextLine(ref rest);
        if (fqrn.IsEmpty || fqrn[0] != (byte)'N') throw Malformed(name, "the name (line 3)", "\"N\" and the repository's name", fqrn);

        var whitelist = new Whitelist(document)
        {
            CreatedAt = ReadDate(creation),
            ExpiresAt = expiresAt,
            RepositoryName = Encoding.Latin1.GetString(fqrn[1..]),
        };
        var line = NextLine(ref rest);
        if (line.SequenceEqual("Vpkcs7"u8))
        {
            whitelist.IsPkcs7 = true;
            line = NextLine(ref rest);
        }

        if (line.SequenceEqual("Wcachain"u8))
        {
            whitelist.DemandsCaChain = true;
            line = NextLine(ref rest);
        }

        var fingerprints = new List<Fingerprint>();
        for (; !line.SequenceEqual("--"u8); line = NextLine(ref rest))
        {
            if (Fingerprint.TryParse(line, out var fingerprint) && fingerprint.Algorithm != HashAlgorithmId.Md5) fingerprints.Add(fingerprint);
            if (rest.IsEmpty) break;
        }

        whitelist.Fingerprints = fingerprints;
        return whitelist;
    }

    /// <summary>Whether the whitelist has expired, by the reference's rule: minutes and seconds of the expiry do not count.</summary>
    /// <param name="now">The instant of this check.</param>
    public bool IsExpiredAt(DateTimeOffset now)
    {
        var expiry = ExpiresAt.UtcDateTime;
        return now.UtcDateTime >= expiry.Date.AddHours(expiry.Hour);
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> rest)
    {
        int length = rest.IndexOf((byte)'\n');
        var line = length < 0 ? rest : rest[..length];
        rest = length < 0 ? default : rest[(length + 1)..];
        return line;
    }

    private static DateTimeOffset? ReadDate(ReadOnlySpan<byte> digits)
    {
        if (digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return null;
        return DateTime.TryParseExact(
            Encoding.ASCII.GetString(digits), "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? new DateTimeOffset(date, TimeSpan.Zero)
            : null;
    }

    private static CvmfsFormatException Malformed(string name, string line, string expected, ReadOnlySpan<byte> found)
    {
        string shown = Encoding.Latin1.GetString(found[..Math.Min(found.Length, 64)]);
        return new CvmfsFormatException(name, $"{line} is \"{shown}\" ({found.Length} bytes), expected {expected}.");
    }
}
