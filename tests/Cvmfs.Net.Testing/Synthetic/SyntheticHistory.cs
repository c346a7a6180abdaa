using System.Globalization;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Testing.Synthetic;

/// <summary>A long chain of root catalogs without entries, each naming the one before.</summary>
/// <remarks>One catalog is made as a pattern; the others differ from it in two places of fixed length, which are written over.</remarks>
internal sealed class SyntheticHistory : ISyntheticContent
{
    private const int FirstNumber = 1_000_000; // so that all have seven digits

    private readonly byte[] _pattern;
    private readonly int _previousAt;
    private readonly int _revisionAt;
    private readonly ContentHash[] _roots; // by revision; the null hash at 0
    private readonly Dictionary<ContentHash, int> _revisions;

    public SyntheticHistory(int revisions)
    {
        var marker = ContentHash.Parse(new string('5', 2 * ContentHash.DigestBytes));
        const string number = "7654321";
        _pattern = CatalogImage.Make(RepositoryPath.Root, writer =>
        {
            writer.SetProperty("revision", number);
            writer.SetPreviousRevision(marker);
            writer.SetLastModified(DateTimeOffset.UnixEpoch.AddYears(56));
            writer.Put(RepositoryPath.Root, new CatalogEntry { Flags = EntryFlags.Directory, Mode = 0x41ED, LinkCount = 2 });
        });
        _previousAt = _pattern.AsSpan().IndexOf(Encoding.ASCII.GetBytes(marker.ToString()));
        _revisionAt = _pattern.AsSpan().IndexOf(Encoding.ASCII.GetBytes(number));

        _roots = new ContentHash[revisions + 1];
        _revisions = new Dictionary<ContentHash, int>(revisions);
        for (int revision = 1; revision <= revisions; revision++)
        {
            _roots[revision] = ContentHash.Compute(HashAlgorithmId.Sha1, CatalogImage.Compress(Make(revision)));
            _revisions.Add(_roots[revision], revision);
        }
    }

    public int Revisions => _roots.Length - 1;

    public long RootBytes => _pattern.Length;

    public ContentHash RootOf(int revision) => _roots[revision];

    public byte[]? Read(ObjectKey key)
        => key.Suffix == ObjectSuffix.Catalog && _revisions.TryGetValue(key.Hash, out int revision) ? CatalogImage.Compress(Make(revision)) : null;

    private byte[] Make(int revision)
    {
        byte[] image = [.. _pattern];
        Encoding.ASCII.GetBytes(_roots[revision - 1].ToString(), image.AsSpan(_previousAt));
        Encoding.ASCII.GetBytes((FirstNumber + revision).ToString(CultureInfo.InvariantCulture), image.AsSpan(_revisionAt));
        return image;
    }
}
