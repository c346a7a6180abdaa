using System.Buffers.Binary;
using System.Diagnostics;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Databases;
using Cvmfs.Net.History;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Tests.Catalogs;
using FsCheck;
using FsCheck.Fluent;

namespace Cvmfs.Net.Tests.Databases;

/// <summary>Files that nobody vouches for: the answer is data or a <see cref="CvmfsFormatException"/>, soon, and nothing else.</summary>
public sealed class HostileDatabaseTests
{
    private const int PageBytes = 512;

    private static readonly byte[] s_catalog = MakeCatalog();
    private static readonly byte[] s_history = MakeHistory();
    private static readonly byte[] s_reflog = MakeReflog();

    private static byte[] MakeCatalog()
    {
        var catalog = new SyntheticCatalog().Directory("").Directory("/d").Directory("/n", "3").Nested("/n", new string('a', 40), "1")
            .Row("/chunked", flags: "68", hash: "NULL").Chunk("/chunked", "0", "4").Chunk("/chunked", "4", "6")
            .Row("/link", flags: "12", mode: "41471", hash: "NULL", symlink: $"'{new string('t', 700)}'").Row("/x", xattr: "x'01010101610b'")
            .Sql("INSERT INTO statistics VALUES ('self_regular', 5)");
        for (int i = 0; i < 40; i++) catalog.Row($"/d/file-{i:d2}");
        return catalog.ToArray();
    }

    private static byte[] MakeHistory()
    {
        using var writer = TagDatabaseWriter.Create("a.example.org");
        for (int i = 0; i < 10; i++) writer.Put(new RepositoryTag { Name = $"v{i}", RootCatalog = Cvmfs.Net.Hashing.ContentHash.Compute(Cvmfs.Net.Hashing.HashAlgorithmId.Sha1, [(byte)i]) });
        return writer.ToArray();
    }

    private static byte[] MakeReflog()
    {
        using var reflog = Reflog.Create("a.example.org");
        for (int i = 0; i < 10; i++) reflog.Add(Cvmfs.Net.Hashing.ContentHash.Compute(Cvmfs.Net.Hashing.HashAlgorithmId.Sha1, [(byte)i]), ReflogKind.RootCatalog, DateTimeOffset.UnixEpoch);
        return reflog.ToArray();
    }

    /// <summary>Reads everything a catalog can tell; a part that is refused does not keep the others from being read.</summary>
    private static void ReadAll(byte[] image)
    {
        Guard(() =>
        {
            using var catalog = Catalog.Open(image, default, new CatalogOptions { Name = "hostile", AllowForeignPrefix = true });
            Guard(() => _ = catalog.Statistics);
            Guard(() => _ = catalog.NestedCatalogs);
            Guard(() => _ = catalog.ReadObjectReferences().Count());
            Guard(() => _ = catalog.ReadAllEntries().Count());
            Guard(() => _ = catalog.Find(RepositoryPath.Parse("/d/file-07")));
            Guard(() => _ = catalog.List(RepositoryPath.Parse("/d")));
            Guard(() => _ = catalog.Chunks(RepositoryPath.Parse("/chunked")));
            Guard(() => _ = (catalog.Revision, catalog.Ttl, catalog.PreviousRevision, catalog.LastModified, catalog.VomsAuthz));
        });
    }

    private static void Guard(Action read)
    {
        try
        {
            read();
        }
        catch (CvmfsFormatException refusal)
        {
            Assert.NotEmpty(refusal.Document);
        }
    }

    [Fact]
    public void A_catalog_cut_at_any_page_is_refused()
    {
        for (int length = 0; length < s_catalog.Length; length += PageBytes)
        {
            Assert.Throws<CvmfsFormatException>(() => Catalog.Open(s_catalog.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_catalog_cut_at_any_page_with_a_header_that_agrees_is_survived()
    {
        for (int pages = 1; pages < s_catalog.Length / PageBytes; pages++)
        {
            byte[] cut = s_catalog[..(pages * PageBytes)];
            BinaryPrimitives.WriteUInt32BigEndian(cut.AsSpan(28), (uint)pages);
            ReadAll(cut);
        }
    }

    [Fact]
    public void Random_bytes_are_no_database() => Properties.Hold((byte[] bytes) =>
    {
        Assert.Throws<CvmfsFormatException>(() => SqliteFile.Open(bytes, "random"));
        return true;
    });

    [Fact]
    public void Random_pages_behind_a_sound_header_are_survived() => Properties.Hold((byte[] bytes, ushort at) =>
    {
        byte[] image = (byte[])s_catalog.Clone();
        int start = SqliteHeader.Bytes + at % (image.Length - SqliteHeader.Bytes);
        bytes.AsSpan(0, Math.Min(bytes.Length, image.Length - start)).CopyTo(image.AsSpan(start));
        ReadAll(image);
        return true;
    });

    [Fact]
    public void Flipped_bytes_in_a_catalog_are_survived() => Properties.Hold(Flips(s_catalog), flips =>
    {
        ReadAll(Flip(s_catalog, flips));
        return true;
    });

    [Fact]
    public void Flipped_bytes_in_a_history_are_survived() => Properties.Hold(Flips(s_history), flips =>
    {
        byte[] image = Flip(s_history, flips);
        Guard(() => TagDatabase.Open(image));
        return true;
    });

    [Fact]
    public void Flipped_bytes_in_a_reflog_are_survived() => Properties.Hold(Flips(s_reflog), flips =>
    {
        byte[] image = Flip(s_reflog, flips);
        Guard(() =>
        {
            using var reflog = Reflog.Open(image); // whatever passes must also bear changes
            reflog.Add(Cvmfs.Net.Hashing.ContentHash.Compute(Cvmfs.Net.Hashing.HashAlgorithmId.Sha1, "new"u8), ReflogKind.History, DateTimeOffset.UnixEpoch);
            _ = reflog.List().Count + reflog.ToArray().Length;
        });
        return true;
    });

    [Fact]
    public void A_page_copied_over_another_is_survived()
    {
        int pages = s_catalog.Length / PageBytes;
        for (int from = 1; from < pages; from++)
        {
            for (int to = 1; to < pages; to += 3)
            {
                byte[] image = (byte[])s_catalog.Clone();
                s_catalog.AsSpan(from * PageBytes, PageBytes).CopyTo(image.AsSpan(to * PageBytes));
                ReadAll(image);
            }
        }
    }

    [Fact]
    public void A_tree_whose_branches_meet_again_ends_in_an_error()
    {
        // Root page 2 and the interior pages below it each name their one child some 80 times: 80^5 rows in a file of a few kilobytes.
        byte[] image = SyntheticDatabase.Make("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)");
        byte[] hostile = MeetingBranches(image, depth: 6);
        var clock = Stopwatch.StartNew();
        using var file = SqliteFile.Open(hostile, "hostile");
        using var rows = file.Prepare("SELECT a FROM t");
        Assert.Contains("rows", Assert.Throws<CvmfsFormatException>(() =>
        {
            while (rows.Step()) { }
        }).Message, StringComparison.Ordinal);
        using var count = file.Prepare("SELECT count(*) FROM t WHERE a < 0");
        Assert.Throws<CvmfsFormatException>(() => count.Step());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), clock.Elapsed.ToString());
    }

    private static Gen<(int At, byte Value)[]> Flips(byte[] image)
        => Gen.ArrayOf(Gen.Choose(0, image.Length - 1).SelectMany(at => Gen.Choose(0, 255).Select(value => (at, (byte)value)))).Where(flips => flips.Length > 0);

    private static byte[] Flip(byte[] sound, (int At, byte Value)[] flips)
    {
        byte[] image = (byte[])sound.Clone();
        foreach (var (at, value) in flips.Take(8)) image[at] = value;
        return image;
    }

    /// <summary>Puts interior pages that all point to one child between the root of table t and its only leaf.</summary>
    private static byte[] MeetingBranches(byte[] sound, int depth)
    {
        const int root = 2;
        const int cells = 80;
        byte[] image = new byte[(root + depth) * PageBytes];
        sound.AsSpan(0, root * PageBytes).CopyTo(image);
        sound.AsSpan((root - 1) * PageBytes, PageBytes).CopyTo(image.AsSpan((root + depth - 1) * PageBytes)); // the leaf moves to the end
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(28), (uint)(root + depth));
        for (int level = 0; level < depth; level++)
        {
            var page = image.AsSpan((root - 1 + level) * PageBytes, PageBytes);
            page.Clear();
            int child = root + level + 1;
            int content = PageBytes;
            page[0] = 5; // interior page of a table
            for (int cell = 0; cell < cells; cell++)
            {
                content -= 5; // child and a key of one byte; keys may repeat, nothing checks them while scanning
                if (content < 12 + 2 * cells) break;
                BinaryPrimitives.WriteUInt32BigEndian(page[content..], (uint)child);
                page[content + 4] = 1;
                BinaryPrimitives.WriteUInt16BigEndian(page[(12 + 2 * cell)..], (ushort)content);
                BinaryPrimitives.WriteUInt16BigEndian(page[3..], (ushort)(cell + 1));
                BinaryPrimitives.WriteUInt16BigEndian(page[5..], (ushort)content);
            }

            BinaryPrimitives.WriteUInt32BigEndian(page[8..], (uint)child);
        }

        return image;
    }
}
