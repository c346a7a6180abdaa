using System.Formats.Tar;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Publishing.Tests.Trees;

public sealed class TarCommitTests
{
    private static readonly DateTimeOffset Time = new(2025, 12, 24, 12, 30, 45, TimeSpan.Zero);
    private static readonly string LongName = new('n', 180);

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public async Task Publishes_an_archive_like_the_tree_it_was_made_of(TarEntryFormat format)
    {
        byte[] big = new byte[100_000];
        new Random(1).NextBytes(big);
        var tree = new RepositoryBuilder()
            .Directory("/d").File("/d/hello", "hello\n").HardLink("/d/again", "/d/hello").File("/d/empty", "").RandomFile("/d/big", 100_000)
            .File($"/d/{LongName}/{LongName}", "long\n").Link("/d/link", "../$(X)/y").Special("/d/fifo", 0x11A4).Nested("/n").File("/n/f", "nested\n");
        using var expected = await tree.BuildAsync();

        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, format, leaveOpen: true))
        {
            writer.WriteEntry(Entry(format, TarEntryType.Directory, "./", 0x1ED));
            writer.WriteEntry(Entry(format, TarEntryType.Directory, "./d/", 0x1ED));
            writer.WriteEntry(Entry(format, TarEntryType.RegularFile, "d/hello", 0x1A4, "hello\n"u8.ToArray()));
            var link = Entry(format, TarEntryType.HardLink, "d/again", 0x1A4);
            link.LinkName = "d/hello";
            writer.WriteEntry(link);
            writer.WriteEntry(Entry(format, TarEntryType.RegularFile, "/d/empty", 0x1A4, []));
            writer.WriteEntry(Entry(format, TarEntryType.RegularFile, "d/big", 0x1A4, big));
            writer.WriteEntry(Entry(format, TarEntryType.Directory, $"d/{LongName}", 0x1ED));
            writer.WriteEntry(Entry(format, TarEntryType.RegularFile, $"d/{LongName}/{LongName}", 0x1A4, "long\n"u8.ToArray()));
            var symbolic = Entry(format, TarEntryType.SymbolicLink, "d/link", 0x1FF);
            symbolic.LinkName = "../$(X)/y";
            writer.WriteEntry(symbolic);
            writer.WriteEntry(Entry(format, TarEntryType.Fifo, "d/fifo", 0x1A4));
            writer.WriteEntry(Entry(format, TarEntryType.Directory, "n", 0x1ED));
            writer.WriteEntry(Entry(format, TarEntryType.RegularFile, "n/.cvmfscatalog", 0x1A4, []));
            writer.WriteEntry(Entry(format, TarEntryType.RegularFile, "n/f", 0x1A4, "nested\n"u8.ToArray()));
        }

        using var repository = await new RepositoryBuilder().BuildAsync();
        await CommitAsync(repository, archive.ToArray());

        Assert.Equal(PublishedTree.Describe(expected), PublishedTree.Describe(repository));
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
    }

    [Fact]
    public async Task Opens_only_the_catalogs_on_its_way_and_keeps_the_others()
    {
        using var repository = await new RepositoryBuilder()
            .Nested("/a").File("/a/old", "1").File("/a/gone/x", "2").Nested("/b").File("/b/f", "3").Nested("/b/c").File("/b/c/f", "4").File("/top", "5").BuildAsync();
        using var before = repository.OpenCatalog();

        var report = await CommitAsync(
            repository, Archive(("new", "6")), new TarCommitOptions { BasePath = RepositoryPath.Parse("/a/sub/dir"), Delete = [RepositoryPath.Parse("/a/gone")], CreateNestedCatalog = true });

        using var after = repository.OpenCatalog();
        Assert.Equal((3, 1), (report.CatalogsWritten, report.CatalogsKept)); // root, /a and /a/sub/dir; /b, with /b/c never looked at
        Assert.Equal(before.NestedCatalogs.Single(nested => nested.Mountpoint.ToString() == "/b"), after.NestedCatalogs.Single(nested => nested.Mountpoint.ToString() == "/b"));
        using var a = repository.OpenCatalog("/a/old");
        Assert.NotNull(a.Find(RepositoryPath.Parse("/a/old")));
        Assert.Null(a.Find(RepositoryPath.Parse("/a/gone")));
        Assert.Equal("/a/sub/dir", Assert.Single(a.NestedCatalogs).Mountpoint.ToString());
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
    }

    [Fact]
    public async Task Takes_raw_names_attributes_and_times_from_extension_headers()
    {
        byte[] pax = [.. Record("path", [(byte)'x', 0xFF]), .. Record("mtime", "-1.25"u8.ToArray()), .. Record("SCHILY.xattr.security.capability", [1, 0, 0xFF, 10]), .. Record("SCHILY.xattr.trusted.x", [1])];
        byte[] archive = [.. Header("PaxHeader", 'x', pax.Length), .. Padded(pax), .. Header("ignored", '0', 3), .. Padded("abc"u8.ToArray()), .. new byte[1024]];
        using var repository = await new RepositoryBuilder().BuildAsync();

        await CommitAsync(repository, archive);

        using var catalog = repository.OpenCatalog();
        var entry = catalog.Find(RepositoryPath.FromBytes([(byte)'/', (byte)'x', 0xFF]))!;
        Assert.Equal((-2L, 750_000_000), (entry.MTimeSeconds, entry.MTimeNanoseconds));
        Assert.Equal("0101" + "1304" + Convert.ToHexStringLower("security.capability"u8) + "0100ff0a", Convert.ToHexStringLower(entry.RawXattrs.Span));
    }

    [Fact]
    public async Task Refuses_archives_that_lead_out_or_are_cut_off()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").BuildAsync();
        byte[] whole = Archive(("file", "content"));

        await Assert.ThrowsAsync<CvmfsPublishException>(() => CommitAsync(repository, Archive(("../../etc/passwd", "x"))));
        for (int length = 1; length < 1024; length += 37)
        {
            if (length == 512) continue;
            await Assert.ThrowsAsync<CvmfsFormatException>(() => CommitAsync(repository, whole[..length]));
        }

        byte[] damaged = [.. whole];
        damaged[3] ^= 1;
        await Assert.ThrowsAsync<CvmfsFormatException>(() => CommitAsync(repository, damaged));
        Assert.Equal(1UL, repository.Manifest.Revision);
    }

    private static async Task<PublishReport> CommitAsync(BuiltRepository repository, byte[] archive, TarCommitOptions? options = null)
    {
        using var publisher = await RepositoryPublisher.OpenAsync(
            repository.Path, repository.Keys.Publisher, new RepositoryBuilder().MakeOptions(), repository.Clock);
        return await publisher.CommitTarAsync(new MemoryStream(archive), options);
    }

    private static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name, int mode, byte[]? content = null)
    {
        TarEntry entry = format == TarEntryFormat.Pax ? new PaxTarEntry(type, name) : new GnuTarEntry(type, name);
        entry.Mode = (UnixFileMode)mode;
        entry.ModificationTime = Time;
        if (content is not null) entry.DataStream = new MemoryStream(content);
        return entry;
    }

    private static byte[] Archive(params (string Name, string Content)[] files)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content) in files)
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)), ModificationTime = Time });
        }

        return archive.ToArray();
    }

    private static byte[] Record(string key, byte[] value)
    {
        int length = key.Length + value.Length + 3;
        int total = length + length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        if (total.ToString(System.Globalization.CultureInfo.InvariantCulture).Length != length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length) total++;
        return [.. Encoding.ASCII.GetBytes($"{total} {key}="), .. value, (byte)'\n'];
    }

    private static byte[] Header(string name, char type, int size)
    {
        byte[] header = new byte[512];
        Encoding.ASCII.GetBytes(name, header);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes("0000000\0").CopyTo(header, 108);
        Encoding.ASCII.GetBytes("0000000\0").CopyTo(header, 116);
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(header, 124);
        Encoding.ASCII.GetBytes("00000000000\0").CopyTo(header, 136);
        header.AsSpan(148, 8).Fill((byte)' ');
        header[156] = (byte)type;
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return header;
    }

    private static byte[] Padded(byte[] content) => [.. content, .. new byte[(512 - content.Length % 512) % 512]];
}
