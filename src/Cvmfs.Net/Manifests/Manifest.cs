using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Manifests;

/// <summary>What a <c>.cvmfspublished</c> says: root catalog, revision and the other roots of a repository. Parsed, <em>not verified</em>.</summary>
/// <remarks>
/// <para>Fields come in any order; a letter that occurs twice counts the last time; letters that are not known are ignored here and survive
/// in <see cref="Bytes"/>. A document may carry a signature or not: see <see cref="SignedLetter"/>.</para>
/// <para>Nothing here may decide anything until it came out of <c>Trust.ManifestVerifier</c>. Immutable.</para>
/// </remarks>
public sealed class Manifest
{
    /// <summary>Bytes of the longest document that is read: 1 MiB, the reference's limit for downloads to memory.</summary>
    public const int MaxBytes = 1 << 20;

    private const string DocumentName = ".cvmfspublished";

    private Manifest(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The document, byte for byte as it was given.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Root catalog (field C); never the null hash.</summary>
    public ContentHash RootCatalog { get; private set; }

    /// <summary>Bytes of the decompressed root catalog (field B); 0 for unknown.</summary>
    public ulong RootCatalogSize { get; private set; }

    /// <summary>Hash of the root path (field R); null where the field is no MD5. Verification wants <see cref="PathHash.Root"/>.</summary>
    public PathHash? RootPathHash { get; private set; }

    /// <summary>Life time (field D): informational, clients take it from the root catalog.</summary>
    public TimeSpan Ttl { get; private set; }

    /// <summary>Revision number (field S).</summary>
    public ulong Revision { get; private set; }

    /// <summary>Whether objects may disappear (field G).</summary>
    public bool IsGarbageCollectable { get; private set; }

    /// <summary>Whether root catalog and certificate must be fetched by their <c>.cvmfsalt-</c> names (field A).</summary>
    public bool HasAlternativePaths { get; private set; }

    /// <summary>Name of the repository (field N), one character a byte; empty where the field is absent.</summary>
    public string RepositoryName { get; private set; } = "";

    /// <summary>Certificate of the signer (field X); the null hash where absent.</summary>
    public ContentHash Certificate { get; private set; }

    /// <summary>Database of tags (field H); the null hash where absent.</summary>
    public ContentHash History { get; private set; }

    /// <summary>Meta information (field M); the null hash where absent.</summary>
    public ContentHash MetaInfo { get; private set; }

    /// <summary>Hash of the publisher's own raw <c>.cvmfsreflog</c> (field Y), which is no object; the null hash where absent.</summary>
    public ContentHash Reflog { get; private set; }

    /// <summary>Micro catalog (field L), reserved; the null hash where absent.</summary>
    public ContentHash MicroCatalog { get; private set; }

    /// <summary>Time of signing (field T), Unix seconds; 0 where absent.</summary>
    public ulong PublishedAt { get; private set; }

    /// <summary><see cref="PublishedAt"/> as a time; null where absent or beyond the year 9999.</summary>
    public DateTimeOffset? PublishedAtUtc
        => PublishedAt is 0 or > 253402300799 ? null : DateTimeOffset.FromUnixTimeSeconds((long)PublishedAt);

    /// <summary>The root catalog's object.</summary>
    public ObjectKey RootCatalogKey => new(RootCatalog, ObjectSuffix.Catalog);

    /// <summary>The certificate's object; null where absent.</summary>
    public ObjectKey? CertificateKey => Key(Certificate, ObjectSuffix.Certificate);

    /// <summary>The history's object; null where absent.</summary>
    public ObjectKey? HistoryKey => Key(History, ObjectSuffix.History);

    /// <summary>The meta information's object; null where absent.</summary>
    public ObjectKey? MetaInfoKey => Key(MetaInfo, ObjectSuffix.MetaInfo);

    /// <summary>Parses a manifest, signed or not.</summary>
    /// <param name="document">The whole file; kept, not copied.</param>
    /// <param name="origin">URL or file, for messages.</param>
    /// <exception cref="CvmfsFormatException">C, R, D or S is missing, a number is none or too large, C is no hash, or the file is longer than
    /// <see cref="MaxBytes"/>.</exception>
    public static Manifest Parse(ReadOnlyMemory<byte> document, string? origin = null)
    {
        string name = origin ?? DocumentName;
        if (document.Length > MaxBytes)
        {
            throw new CvmfsFormatException(name, $"{document.Length} bytes are too long for a manifest, at most {MaxBytes} are read.");
        }

        var manifest = new Manifest(document);
        var missing = new RequiredFields();
        var reader = new LetterReader(document.Span);
        while (reader.TryRead(out byte letter, out var value))
        {
            manifest.Take(letter, value, name, reader.LineStart, ref missing);
        }

        missing.ThrowIfAny(name);
        return manifest;
    }

    /// <summary>The value of any field as it stands in the document, known or not; null where there is none. Of repeated fields, the last.</summary>
    /// <param name="letter">The field's letter, such as <c>C</c>.</param>
    public string? Field(char letter)
    {
        string? found = null;
        var reader = new LetterReader(Bytes.Span);
        while (reader.TryRead(out byte at, out var value))
        {
            if (at == letter) found = Encoding.Latin1.GetString(value);
        }

        return found;
    }

    private void Take(byte letter, ReadOnlySpan<byte> value, string name, int offset, ref RequiredFields seen)
    {
        switch ((char)letter)
        {
            case 'C':
                RootCatalog = ContentHash.TryParse(value, out var root) && !root.IsNull
                    ? root
                    : throw new CvmfsFormatException(name, $"the root catalog (field C) \"{Shown(value)}\" is no content hash.", offset);
                seen.RootCatalog = true;
                break;
            case 'R':
                RootPathHash = PathHash.TryParse(value, out var path) ? path : null;
                seen.RootPath = true;
                break;
            case 'D':
                Ttl = TimeSpan.FromSeconds(Number(value, uint.MaxValue, 'D', name, offset));
                seen.Ttl = true;
                break;
            case 'S':
                Revision = Number(value, ulong.MaxValue, 'S', name, offset);
                seen.Revision = true;
                break;
            case 'B': RootCatalogSize = Number(value, ulong.MaxValue, 'B', name, offset); break;
            case 'T': PublishedAt = Number(value, ulong.MaxValue, 'T', name, offset); break;
            case 'G': IsGarbageCollectable = value.SequenceEqual("yes"u8); break;
            case 'A': HasAlternativePaths = value.SequenceEqual("yes"u8); break;
            case 'N': RepositoryName = Encoding.Latin1.GetString(value); break;
            case 'X': Certificate = HashOrNull(value); break;
            case 'H': History = HashOrNull(value); break;
            case 'M': MetaInfo = HashOrNull(value); break;
            case 'Y': Reflog = HashOrNull(value); break;
            case 'L': MicroCatalog = HashOrNull(value); break;
        }
    }

    // The reference reads an unrecognised hash as "none", which leaves room for algorithms to come.
    private static ContentHash HashOrNull(ReadOnlySpan<byte> value) => ContentHash.TryParse(value, out var hash) ? hash : default;

    private static ulong Number(ReadOnlySpan<byte> value, ulong max, char letter, string name, int offset)
        => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number <= max
            ? number
            : throw new CvmfsFormatException(name, $"field {letter} \"{Shown(value)}\" is no number of 0…{max}.", offset);

    private static string Shown(ReadOnlySpan<byte> value) => Encoding.Latin1.GetString(value[..Math.Min(value.Length, 64)]);

    private static ObjectKey? Key(ContentHash hash, ObjectSuffix suffix) => hash.IsNull ? null : new ObjectKey(hash, suffix);

    private struct RequiredFields
    {
        public bool RootCatalog, RootPath, Ttl, Revision;

        public readonly void ThrowIfAny(string name)
        {
            string missing = $"{(RootCatalog ? "" : "C")}{(RootPath ? "" : "R")}{(Ttl ? "" : "D")}{(Revision ? "" : "S")}";
            if (missing.Length > 0) throw new CvmfsFormatException(name, $"required fields are missing: {missing}.");
        }
    }
}
