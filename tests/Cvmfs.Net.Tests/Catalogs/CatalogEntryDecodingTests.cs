using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

/// <summary>What single columns mean.</summary>
public sealed class CatalogEntryDecodingTests
{
    private static CatalogEntry Read(SyntheticCatalog catalog, string path = "/f")
    {
        using var opened = catalog.Directory("").Open();
        var found = opened.Find(RepositoryPath.Parse(path))!;
        var listed = Assert.Single(opened.List(RepositoryPath.Parse(path).Parent, includeHidden: true));
        var streamed = opened.ReadAllEntries().Last().Entry;
        foreach (var other in new[] { listed, streamed })
        {
            Assert.Equal(found with { Name = default, SymlinkTarget = default, RawXattrs = default }, other with { Name = default, SymlinkTarget = default, RawXattrs = default });
            Assert.Equal(found.Name.ToArray(), other.Name.ToArray());
            Assert.Equal(found.SymlinkTarget.ToArray(), other.SymlinkTarget.ToArray());
            Assert.Equal(found.RawXattrs.ToArray(), other.RawXattrs.ToArray());
        }

        return found;
    }

    [Theory]
    [Conforms("protocol", 76)]
    [Conforms("protocol", 77)]
    [InlineData(1, 16877, EntryKind.Directory, 1, 0, "")]
    [InlineData(3, 16877, EntryKind.Directory, 1, 0, "mountpoint")]
    [InlineData(33, 16877, EntryKind.Directory, 1, 0, "root")]
    [InlineData(4, 33188, EntryKind.File, 1, 0, "")]
    [InlineData(12, 41471, EntryKind.SymbolicLink, 1, 0, "")]
    [InlineData(20, 4516, EntryKind.Fifo, 1, 0, "")]
    [InlineData(68, 33188, EntryKind.File, 1, 0, "chunked")]
    [InlineData(324, 33188, EntryKind.File, 2, 0, "chunked")]
    [InlineData(516, 33188, EntryKind.File, 3, 0, "")]
    [InlineData(2052, 33188, EntryKind.File, 1, 1, "")]
    [InlineData(132, 33188, EntryKind.File, 1, 0, "external")]
    [InlineData(2244, 33188, EntryKind.File, 1, 1, "external chunked")]
    [InlineData(16385, 16877, EntryKind.Directory, 1, 0, "bind mountpoint")]
    [InlineData(32771, 16877, EntryKind.Directory, 1, 0, "hidden mountpoint")]
    [InlineData(32801, 16877, EntryKind.Directory, 1, 0, "hidden root")]
    [InlineData(65540, 33188, EntryKind.File, 1, 0, "direct")]
    public void Flags_mean_what_the_table_says(int flags, int mode, EntryKind kind, int algorithm, int compression, string marks)
    {
        var entry = Read(new SyntheticCatalog().Row("/f", flags: $"{flags}", mode: $"{mode}"));
        Assert.Equal(kind, entry.Kind);
        Assert.True(entry.Flags.TryGetHashAlgorithm(out var found));
        Assert.Equal((HashAlgorithmId)algorithm, found);
        Assert.Equal((CompressionId)compression, entry.Compression);
        Assert.Equal(marks.Contains("chunked", StringComparison.Ordinal), entry.IsChunked);
        Assert.Equal(marks.Contains("external", StringComparison.Ordinal), entry.IsExternal);
        Assert.Equal(marks.Contains("hidden", StringComparison.Ordinal), entry.IsHidden);
        Assert.Equal(marks.Contains("mountpoint", StringComparison.Ordinal), entry.IsMountpoint);
        Assert.Equal(marks.Contains("bind", StringComparison.Ordinal), (entry.Flags & EntryFlags.BindMountpoint) != 0);
        Assert.Equal(marks.Contains("root", StringComparison.Ordinal), (entry.Flags & EntryFlags.NestedRoot) != 0);
        Assert.Equal(marks.Contains("direct", StringComparison.Ordinal), (entry.Flags & EntryFlags.DirectIo) != 0);
    }

    [Theory]
    [Conforms("protocol", 75)]
    [InlineData(12884901890, 3u, 2u)]
    [InlineData(1, 0u, 1u)]
    [InlineData(0, 0u, 1u)]
    [InlineData(-1, uint.MaxValue, uint.MaxValue)]
    public void Hard_links_are_a_group_and_a_count(long stored, uint group, uint count)
    {
        var entry = Read(new SyntheticCatalog().Row("/f", hardlinks: $"{stored}"));
        Assert.Equal(group, entry.HardlinkGroup);
        Assert.Equal(count, entry.LinkCount);
    }

    [Theory]
    [Conforms("protocol", 82)]
    [InlineData(25008, 2049, EntryKind.BlockDevice, 2049ul)]
    [InlineData(8630, 259, EntryKind.CharacterDevice, 259ul)]
    public void A_device_has_a_number_and_no_size(int mode, int stored, EntryKind kind, ulong number)
    {
        var entry = Read(new SyntheticCatalog().Row("/f", flags: "20", mode: $"{mode}", hash: "NULL", size: $"{stored}"));
        Assert.Equal(kind, entry.Kind);
        Assert.Equal(number, entry.DeviceNumber);
        Assert.Equal(0, entry.Size);
    }

    [Theory]
    [Conforms("protocol", 4)]
    [InlineData("NULL")]
    [InlineData("x''")]
    [InlineData("x'0000000000000000000000000000000000000000'")]
    public void Nothing_and_zeros_are_no_hash(string stored) => Assert.True(Read(new SyntheticCatalog().Row("/f", flags: "68", hash: stored)).Hash.IsNull);

    [Theory]
    [Conforms("protocol", 85)]
    [InlineData("NULL", null)]
    [InlineData("-1", null)]
    [InlineData("0", 0)]
    [InlineData("999999999", 999999999)]
    public void Nanoseconds_may_be_unknown(string stored, int? expected)
        => Assert.Equal(expected, Read(new SyntheticCatalog().Row("/f", mtimens: stored, mtime: "-60")).MTimeNanoseconds);

    [Theory]
    [Conforms("protocol", 78)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void An_unassigned_algorithm_spoils_its_entry_alone(int bits)
    {
        using var catalog = new SyntheticCatalog().Directory("").Row("/good").Row("/odd", flags: $"{4 | (bits << 8)}").Row("/pieces", flags: $"{68 | (bits << 8)}").Chunk("/pieces", "0", "10").Open();
        Assert.Equal(3, catalog.List(default).Count);
        Assert.False(catalog.Find(RepositoryPath.Parse("/good"))!.Hash.IsNull);
        var odd = catalog.Find(RepositoryPath.Parse("/odd"))!;
        Assert.True(odd.Hash.IsNull);
        Assert.False(odd.Flags.TryGetHashAlgorithm(out _));
        Assert.Contains($"algorithm {bits + 1}", Assert.Throws<CvmfsFormatException>(() => catalog.Chunks(RepositoryPath.Parse("/pieces"))).Message, StringComparison.Ordinal);
        Assert.Contains($"algorithm {bits + 1}", Assert.Throws<CvmfsFormatException>(() => catalog.ReadObjectReferences().Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hash", "x'00112233'")]
    [InlineData("hash", "5")]
    [InlineData("mode", "'rwx'")]
    [InlineData("mode", "NULL")]
    [InlineData("mode", "-1")]
    [InlineData("mode", "4294967296")]
    [InlineData("flags", "x'04'")]
    [InlineData("flags", "NULL")]
    [InlineData("size", "-1")]
    [InlineData("size", "'big'")]
    [InlineData("size", "1.5")]
    [InlineData("mtime", "'now'")]
    [InlineData("mtimens", "1000000000")]
    [InlineData("hardlinks", "'two'")]
    [InlineData("uid", "x'00'")]
    [InlineData("gid", "'users'")]
    [InlineData("xattr", "7")]
    public void A_column_that_makes_no_sense_is_a_format_error(string column, string value)
    {
        using var catalog = new SyntheticCatalog().Directory("").Row("/f").Sql($"UPDATE catalog SET {column} = {value} WHERE name = 'f'").Open();
        Assert.Throws<CvmfsFormatException>(() => catalog.Find(RepositoryPath.Parse("/f")));
        Assert.Throws<CvmfsFormatException>(() => catalog.List(default));
        Assert.Throws<CvmfsFormatException>(() => catalog.ReadAllEntries().Count());
        Assert.NotNull(catalog.Find(default)); // the rest stays readable
    }

    [Fact]
    [Conforms("protocol", 68)]
    [Conforms("protocol", 96)]
    public void Names_and_targets_are_bytes()
    {
        byte[] name = [0x61, 0xff, 0xfe, 0xc3];
        byte[] target = [.. "$(NAME:-x)/"u8, 0x80];
        var path = RepositoryPath.FromBytes([(byte)'/', .. name]);
        using var catalog = new SyntheticCatalog().Directory("").Row(path, flags: "12", mode: "41471", hash: "NULL", symlink: SyntheticCatalog.Text(target)).Open();
        var entry = catalog.Find(path)!;
        Assert.Equal(name, entry.Name.ToArray());
        Assert.Equal(target, entry.SymlinkTarget.ToArray());
        Assert.Equal(path, catalog.ReadAllEntries().Last().Path);
    }

    [Fact]
    [Conforms("protocol", 68)]
    public void Names_end_at_the_first_nul()
    {
        var entry = Read(new SyntheticCatalog().Row("/f", flags: "12", mode: "41471", name: "CAST(x'660067' AS TEXT)", symlink: "CAST(x'740075' AS TEXT)"));
        Assert.Equal("f"u8, entry.Name.Span);
        Assert.Equal("t"u8, entry.SymlinkTarget.Span);
    }

    [Fact]
    public void A_link_without_target_column_has_an_empty_target()
        => Assert.True(Read(new SyntheticCatalog().Row("/f", flags: "12", mode: "41471", symlink: "NULL")).SymlinkTarget.IsEmpty);

    [Theory]
    [InlineData("''")]
    [InlineData("NULL")]
    [InlineData("'.'")]
    [InlineData("'..'")]
    [InlineData("'a/b'")]
    [InlineData("'/'")]
    [InlineData("CAST(x'00' AS TEXT)")]
    public void A_name_that_no_path_can_hold_never_leaves_the_catalog(string name)
    {
        using var catalog = new SyntheticCatalog().Directory("").Row("/f", name: name).Open();
        Assert.Throws<CvmfsFormatException>(() => catalog.List(default));
        Assert.Throws<CvmfsFormatException>(() => catalog.ReadAllEntries().Count());
        Assert.Throws<CvmfsFormatException>(() => catalog.Find(RepositoryPath.Parse("/f")));
    }

    [Fact]
    public void A_name_twice_in_a_directory_is_a_format_error()
    {
        using var catalog = new SyntheticCatalog().Directory("").Row("/f").Row("/g", name: "'f'").Open();
        Assert.Throws<CvmfsFormatException>(() => catalog.List(default));
        Assert.Throws<CvmfsFormatException>(() => catalog.ReadAllEntries().Count());
    }
}
