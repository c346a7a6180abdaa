using System.Globalization;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Benchmarks.Catalogs;

/// <summary>A catalog of a software tree: a hundred files in each directory, names and hashes of usual length.</summary>
internal static class GeneratedCatalog
{
    private const int FilesPerDirectory = 100;

    public static byte[] Make(int entries, bool scattered)
    {
        var random = new Random(42);
        var rows = Rows(entries, random).Take(entries).ToArray();
        if (scattered) random.Shuffle(rows);
        using var writer = CatalogWriter.Create();
        writer.Transact(() =>
        {
            foreach (var (path, entry) in rows) writer.Put(path, entry);
        });
        return writer.ToArray();
    }

    private static IEnumerable<(RepositoryPath Path, CatalogEntry Entry)> Rows(int entries, Random random)
    {
        var directory = new CatalogEntry { Flags = EntryFlags.Directory, Mode = 0x41ed, RawSize = 4096, LinkCount = 2, MTimeSeconds = 1_700_000_000 };
        var file = new CatalogEntry { Flags = EntryFlags.File, Mode = 0x81a4, MTimeSeconds = 1_700_000_000 };
        byte[] digest = new byte[ContentHash.DigestBytes];
        yield return (RepositoryPath.Root, directory);
        for (int i = 0; i < entries / FilesPerDirectory + 1; i++)
        {
            var package = RepositoryPath.Root.Append(Name($"package-{i:d5}"));
            yield return (package, directory);
            for (int j = 0; j < FilesPerDirectory; j++)
            {
                random.NextBytes(digest);
                yield return (package.Append(Name($"lib_file_name_{j:d3}.so")), file with { RawSize = 1000 + j, Hash = new ContentHash(HashAlgorithmId.Sha1, digest) });
            }
        }
    }

    private static byte[] Name(FormattableString name) => Encoding.UTF8.GetBytes(name.ToString(CultureInfo.InvariantCulture));
}
