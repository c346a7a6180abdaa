using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Manifests;

/// <summary>What a publisher puts into a manifest. <see cref="ToBytes"/> gives the text to be signed, fields in the reference's order.</summary>
public sealed record ManifestFields
{
    /// <summary>Root catalog (C).</summary>
    public required ContentHash RootCatalog { get; init; }

    /// <summary>Bytes of the decompressed root catalog (B).</summary>
    public ulong RootCatalogSize { get; init; }

    /// <summary>Life time in seconds (D); default 240, as the reference.</summary>
    public uint TtlSeconds { get; init; } = 240;

    /// <summary>Revision (S).</summary>
    public required ulong Revision { get; init; }

    /// <summary>Whether objects may be collected (G).</summary>
    public bool IsGarbageCollectable { get; init; }

    /// <summary>Whether root catalog and certificate go by alternative names (A).</summary>
    public bool HasAlternativePaths { get; init; }

    /// <summary>Repository (N).</summary>
    public required RepositoryName RepositoryName { get; init; }

    /// <summary>Certificate (X); written unless null.</summary>
    public ContentHash Certificate { get; init; }

    /// <summary>History (H); written unless null.</summary>
    public ContentHash History { get; init; }

    /// <summary>Time of signing (T), Unix seconds; written unless 0.</summary>
    public ulong PublishedAt { get; init; }

    /// <summary>Meta information (M); written unless null.</summary>
    public ContentHash MetaInfo { get; init; }

    /// <summary>Hash of the raw reflog (Y); written unless null.</summary>
    public ContentHash Reflog { get; init; }

    /// <summary>Takes over what a manifest says, to sign it anew. Letters that are not known are not taken over.</summary>
    /// <exception cref="CvmfsFormatException">The manifest's repository name is none.</exception>
    /// <exception cref="OverflowException">The life time does not fit 32 bits; cannot happen with a parsed manifest.</exception>
    public static ManifestFields From(Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return new ManifestFields
        {
            RootCatalog = manifest.RootCatalog,
            RootCatalogSize = manifest.RootCatalogSize,
            TtlSeconds = checked((uint)manifest.Ttl.TotalSeconds),
            Revision = manifest.Revision,
            IsGarbageCollectable = manifest.IsGarbageCollectable,
            HasAlternativePaths = manifest.HasAlternativePaths,
            RepositoryName = Manifests.RepositoryName.Parse(manifest.RepositoryName),
            Certificate = manifest.Certificate,
            History = manifest.History,
            PublishedAt = manifest.PublishedAt,
            MetaInfo = manifest.MetaInfo,
            Reflog = manifest.Reflog,
        };
    }

    /// <summary>The field lines, each with its line feed: an unsigned manifest.</summary>
    /// <exception cref="InvalidOperationException">Root catalog or name is missing.</exception>
    public byte[] ToBytes()
    {
        if (RootCatalog.IsNull) throw new InvalidOperationException("A manifest needs a root catalog.");
        if (RepositoryName.IsEmpty) throw new InvalidOperationException("A manifest needs a repository name.");

        var text = new StringBuilder();
        Line('C', RootCatalog.ToString());
        Line('B', RootCatalogSize.ToString(CultureInfo.InvariantCulture));
        Line('R', "d41d8cd98f00b204e9800998ecf8427e"); // MD5 of the empty path: there is no other root
        Line('D', TtlSeconds.ToString(CultureInfo.InvariantCulture));
        Line('S', Revision.ToString(CultureInfo.InvariantCulture));
        Line('G', IsGarbageCollectable ? "yes" : "no");
        Line('A', HasAlternativePaths ? "yes" : "no");
        Line('N', RepositoryName.ToString());
        Hash('X', Certificate);
        Hash('H', History);
        if (PublishedAt > 0) Line('T', PublishedAt.ToString(CultureInfo.InvariantCulture));
        Hash('M', MetaInfo);
        Hash('Y', Reflog);
        return Encoding.ASCII.GetBytes(text.ToString());

        void Line(char letter, string value) => text.Append(letter).Append(value).Append('\n');

        void Hash(char letter, ContentHash hash)
        {
            if (!hash.IsNull) Line(letter, hash.ToString());
        }
    }
}
