using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Tests.Trust;

namespace Cvmfs.Net.Tests.Manifests;

public sealed class ManifestTests
{
    private const string Root = "64551dccfbe0a48de7618dd7deb290200b474759";
    private const string Minimal = "C" + Root + "\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS42\n";

    [Fact]
    public void Reads_every_field_of_the_vector()
    {
        var manifest = Manifest.Parse(Vectors.ManifestBytes);
        Assert.Equal(Root, manifest.RootCatalog.ToString());
        Assert.Equal(24576ul, manifest.RootCatalogSize);
        Assert.Equal(PathHash.Root, manifest.RootPathHash);
        Assert.Equal(TimeSpan.FromSeconds(240), manifest.Ttl);
        Assert.Equal(42ul, manifest.Revision);
        Assert.False(manifest.IsGarbageCollectable);
        Assert.False(manifest.HasAlternativePaths);
        Assert.Equal("test.example.org", manifest.RepositoryName);
        Assert.Equal("097f01a19b733148b97085eb484167d1421bb7a5", manifest.Certificate.ToString());
        Assert.Equal(1735689600ul, manifest.PublishedAt);
        Assert.Equal(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), manifest.PublishedAtUtc);
        Assert.Equal(Vectors.ManifestBytes, manifest.Bytes.ToArray());
    }

    [Fact]
    [Conforms("protocol", 6)]
    [Conforms("protocol", 10)]
    public void Gives_keys_with_the_letter_that_the_fields_leave_out()
    {
        const string Shake = "7f9c2ba4e88f827d616045507605853ed73b8093-shake128";
        var manifest = Parse(Minimal + $"X{Shake}\nH{Shake}\nM{Shake}\nY{Shake}\n");
        Assert.Equal($"data/64/{Root[2..]}C", ObjectPath.Of(manifest.RootCatalogKey));
        Assert.Equal($"data/7f/{Shake[2..]}X", ObjectPath.Of(manifest.CertificateKey!.Value));
        Assert.Equal($"data/7f/{Shake[2..]}H", ObjectPath.Of(manifest.HistoryKey!.Value));
        Assert.Equal($".cvmfsalt-{Shake}M", ObjectPath.AlternativeOf(manifest.MetaInfoKey!.Value));
        Assert.Equal(Shake, manifest.Reflog.ToString());
    }

    [Fact]
    [Conforms("protocol", 10)]
    public void A_type_letter_does_not_belong_into_a_field()
    {
        Assert.Throws<CvmfsFormatException>(() => Parse(Minimal.Replace(Root, Root + "C", StringComparison.Ordinal)));
        Assert.Null(Parse(Minimal + $"X{Root}X\n").CertificateKey);
    }

    [Fact]
    [Conforms("protocol", 12)]
    public void Fields_come_in_any_order_and_unknown_ones_are_kept()
    {
        string text = "Qunknown \xff\n\n" + string.Join('\n', Minimal.Split('\n').Reverse()) + "\nZa\nZb\nE20990101000000\nV\n";
        byte[] document = Encoding.Latin1.GetBytes(text);
        var manifest = Manifest.Parse(document);
        Assert.Equal(42ul, manifest.Revision);
        Assert.Equal(document, manifest.Bytes.ToArray());
    }

    [Fact]
    [Conforms("protocol", 13)]
    public void The_last_of_equal_letters_wins()
    {
        var manifest = Parse("S1\n" + Minimal + "Gyes\nGno\nNfirst\nNlast\nX" + Root + "\nX\nS7\n");
        Assert.Equal(7ul, manifest.Revision);
        Assert.False(manifest.IsGarbageCollectable);
        Assert.Equal("last", manifest.RepositoryName);
        Assert.Null(manifest.CertificateKey);
    }

    [Theory]
    [InlineData("C")]
    [InlineData("R")]
    [InlineData("D")]
    [InlineData("S")]
    [Conforms("protocol", 14)]
    public void Refuses_a_document_without_a_required_field(string letter)
    {
        string text = string.Concat(Minimal.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith(letter, StringComparison.Ordinal)).Select(line => line + "\n"));
        var refused = Assert.Throws<CvmfsFormatException>(() => Parse(text));
        Assert.Contains($"missing: {letter}.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("protocol", 4)]
    [Conforms("protocol", 15)]
    public void Absent_fields_have_defaults()
    {
        var manifest = Parse(Minimal);
        Assert.Equal(0ul, manifest.RootCatalogSize);
        Assert.Equal(0ul, manifest.PublishedAt);
        Assert.Null(manifest.PublishedAtUtc);
        Assert.False(manifest.IsGarbageCollectable || manifest.HasAlternativePaths);
        Assert.Equal("", manifest.RepositoryName);
        Assert.True(manifest.Certificate.IsNull && manifest.History.IsNull && manifest.MetaInfo.IsNull && manifest.Reflog.IsNull && manifest.MicroCatalog.IsNull);
        Assert.Null(manifest.CertificateKey);
        Assert.Null(manifest.HistoryKey);
        Assert.Null(manifest.MetaInfoKey);

        Assert.Null(Parse(Minimal + "H0000000000000000000000000000000000000000\n").HistoryKey);
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("no", false)]
    [InlineData("", false)]
    [InlineData("Yes", false)]
    [InlineData("yes ", false)]
    [InlineData("yes\r", false)]
    [InlineData("true", false)]
    [InlineData("1", false)]
    [Conforms("protocol", 16)]
    public void Only_yes_is_yes(string value, bool expected)
    {
        Assert.Equal(expected, Parse(Minimal + $"G{value}\n").IsGarbageCollectable);
        Assert.Equal(expected, Parse(Minimal + $"A{value}\n").HasAlternativePaths);
    }

    [Theory]
    [InlineData("S", "")]
    [InlineData("S", "-1")]
    [InlineData("S", "+1")]
    [InlineData("S", " 1")]
    [InlineData("S", "1 ")]
    [InlineData("S", "1\r")]
    [InlineData("S", "0x10")]
    [InlineData("S", "1e3")]
    [InlineData("S", "1,000")]
    [InlineData("S", "18446744073709551616")]
    [InlineData("S", "१")]
    [InlineData("D", "4294967296")]
    [InlineData("D", "abc")]
    [InlineData("B", "many")]
    [InlineData("T", "yesterday")]
    public void Refuses_numbers_that_are_none(string letter, string value)
    {
        var refused = Assert.Throws<CvmfsFormatException>(() => Parse(Minimal + letter + value + "\n"));
        Assert.Contains($"field {letter}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Minimal.Length, refused.Offset);
    }

    [Fact]
    public void Takes_the_largest_numbers()
    {
        var manifest = Parse(Minimal + "S18446744073709551615\nT18446744073709551615\nD4294967295\n");
        Assert.Equal(ulong.MaxValue, manifest.Revision);
        Assert.Equal(ulong.MaxValue, manifest.PublishedAt);
        Assert.Null(manifest.PublishedAtUtc);
        Assert.Equal(TimeSpan.FromSeconds(4294967295), manifest.Ttl);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000000000000000000000000000000000000")]
    [InlineData("64551DCCFBE0A48DE7618DD7DEB290200B474759")]
    [InlineData("64551dccfbe0a48de7618dd7deb290200b47475")]
    [InlineData("64551dccfbe0a48de7618dd7deb290200b474759-sha256")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e")]
    [Conforms("protocol", 3)]
    [Conforms("protocol", 4)]
    public void Refuses_a_root_catalog_that_is_no_hash(string value) => Assert.Throws<CvmfsFormatException>(() => Parse(Minimal + $"C{value}\n"));

    [Theory]
    [InlineData("64551DCCFBE0A48DE7618DD7DEB290200B474759")]
    [InlineData("64551dccfbe0a48de7618dd7deb290200b474759-sha256")]
    [InlineData("junk")]
    [Conforms("protocol", 3)]
    public void Optional_hashes_that_are_not_understood_are_absent(string value)
    {
        var manifest = Parse(Minimal + $"X{value}\nH{value}\nM{value}\nY{value}\nL{value}\n");
        Assert.True(manifest.Certificate.IsNull && manifest.History.IsNull && manifest.MetaInfo.IsNull && manifest.Reflog.IsNull && manifest.MicroCatalog.IsNull);
    }

    [Fact]
    public void A_last_line_without_its_line_feed_does_not_count()
    {
        Assert.Throws<CvmfsFormatException>(() => Parse(Minimal[..^1]));
        Assert.Equal(42ul, Parse(Minimal + "S7").Revision);
    }

    [Fact]
    public void Nothing_behind_the_separator_is_a_field()
    {
        Assert.Equal(42ul, Parse(Minimal + "--\nS7\n").Revision);
        Assert.Equal(7ul, Parse(Minimal + "--x\nS7\n").Revision);
        Assert.Throws<CvmfsFormatException>(() => Parse("--\n" + Minimal));
    }

    [Fact]
    [Conforms("protocol", 57)]
    public void Has_a_longest_document()
    {
        byte[] longest = new byte[Manifest.MaxBytes];
        Encoding.ASCII.GetBytes(Minimal).CopyTo(longest, 0);
        Assert.Equal(42ul, Manifest.Parse(longest).Revision);
        Assert.Throws<CvmfsFormatException>(() => Manifest.Parse(new byte[Manifest.MaxBytes + 1]));
    }

    [Fact]
    public void Every_prefix_parses_or_is_refused()
    {
        for (int length = 0; length < Vectors.ManifestBytes.Length; length++) ParseOrRefuse(Vectors.ManifestBytes[..length]);
    }

    [Fact]
    public void Random_documents_parse_or_are_refused()
    {
        Properties.Hold<byte[]>(ParseOrRefuse);
        byte[] document = Vectors.ManifestBytes;
        Properties.Hold<int, byte>((at, value) =>
        {
            byte[] changed = [.. document];
            changed[(int)((uint)at % (uint)changed.Length)] = value;
            ParseOrRefuse(changed);
        });
        Properties.Hold<string[]>(lines => ParseOrRefuse(Encoding.UTF8.GetBytes(Minimal + string.Concat(lines.Select(line => "CBRDSGANXHTMYLZ"[(line?.Length ?? 0) % 15] + line + "\n")))));
    }

    private static void ParseOrRefuse(byte[] document)
    {
        try
        {
            Assert.False(Manifest.Parse(document).RootCatalog.IsNull);
        }
        catch (CvmfsFormatException)
        {
        }
    }

    private static Manifest Parse(string text) => Manifest.Parse(Encoding.UTF8.GetBytes(text));
}
