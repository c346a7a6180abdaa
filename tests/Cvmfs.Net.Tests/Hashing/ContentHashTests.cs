using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Hashing;

public sealed class ContentHashTests
{
    private const string Digits = "e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78";

    [Theory]
    [InlineData(Digits, HashAlgorithmId.Sha1, 40)]
    [InlineData(Digits + "-rmd160", HashAlgorithmId.RipeMd160, 47)]
    [InlineData(Digits + "-shake128", HashAlgorithmId.Shake128, 49)]
    [Conforms("protocol", 2)]
    public void The_length_and_suffix_tell_the_algorithm(string text, HashAlgorithmId algorithm, int length)
    {
        var hash = ContentHash.Parse(text);
        Assert.Equal(algorithm, hash.Algorithm);
        Assert.Equal(length, hash.TextLength);
        Assert.Equal(text, hash.ToString());
        Assert.Equal(text, $"{hash}");
        Assert.True(ContentHash.TryParse(Encoding.ASCII.GetBytes(text), out var fromBytes));
        Assert.Equal(hash, fromBytes);
        Assert.Equal(0xe8, hash.FirstByte);
        Assert.Equal(0xe8ec3d88b62ebf52ul, hash.Prefix64);

        Assert.True(ObjectKey.TryParse(text + "C", out var key));
        Assert.Equal(new ObjectKey(hash, ObjectSuffix.Catalog), key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("e8")]
    [InlineData("E8EC3D88B62EBF526E4E5A4FF6162A3AA48A6B78")]
    [InlineData("e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b7")]
    [InlineData("e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b789")]
    [InlineData("e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b7g")]
    [InlineData(Digits + "C")]
    [InlineData(Digits + "-rmd161")]
    [InlineData(Digits + "-RMD160")]
    [InlineData(Digits + "-sha256")]
    [InlineData(Digits + "-shake12")]
    [InlineData(Digits + "-shake128x")]
    [InlineData(Digits + "\n")]
    [InlineData(" " + Digits)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b7８")]
    [Conforms("protocol", 2)]
    [Conforms("protocol", 3)]
    public void Refuses_other_texts(string text)
    {
        Assert.False(ContentHash.TryParse(text, out var hash));
        Assert.True(hash.IsNull);
        Assert.False(ContentHash.TryParse(Encoding.UTF8.GetBytes(text), out _));
        Assert.Throws<CvmfsFormatException>(() => ContentHash.Parse(text));
    }

    [Fact]
    [Conforms("protocol", 4)]
    public void Zeros_are_no_object_in_every_algorithm()
    {
        Assert.True(default(ContentHash).IsNull);
        Assert.True(ContentHash.Parse(new string('0', 40)).IsNull);
        Assert.True(ContentHash.Parse(new string('0', 40) + "-shake128").IsNull);
        Assert.Equal(default, ContentHash.Parse(new string('0', 40)));
        Assert.Equal(new string('0', 40), default(ContentHash).ToString());
        Assert.False(ContentHash.Parse(new string('0', 39) + "1").IsNull);
    }

    [Fact]
    public void Equal_hashes_have_equal_hash_codes_null_ones_included()
    {
        var zeros = ContentHash.Parse(new string('0', 40) + "-rmd160");
        Assert.Equal(default, zeros);
        Assert.Equal(default(ContentHash).GetHashCode(), zeros.GetHashCode());
    }

    [Fact]
    [Conforms("protocol", 5)]
    public void The_algorithm_is_part_of_a_hash()
    {
        ContentHash[] hashes = [ContentHash.Parse(Digits), ContentHash.Parse(Digits + "-rmd160"), ContentHash.Parse(Digits + "-shake128")];
        Assert.Equal(3, hashes.ToHashSet().Count);
        Assert.True(hashes[0] != hashes[1]);
        Assert.True(hashes[0] == ContentHash.Parse(Digits));
    }

    [Theory]
    [InlineData(Digits, ObjectSuffix.None, "data/e8/ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78")]
    [InlineData(Digits, ObjectSuffix.Catalog, "data/e8/ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78C")]
    [InlineData("9c1185a5c5e9fc54612808977ee8f548b2258d31-rmd160", ObjectSuffix.Partial, "data/9c/1185a5c5e9fc54612808977ee8f548b2258d31-rmd160P")]
    [InlineData("7f9c2ba4e88f827d616045507605853ed73b8093-shake128", ObjectSuffix.History, "data/7f/9c2ba4e88f827d616045507605853ed73b8093-shake128H")]
    [Conforms("protocol", 6)]
    [Conforms("protocol", 7)]
    public void Names_the_object_s_path(string text, ObjectSuffix suffix, string path)
    {
        var key = new ObjectKey(ContentHash.Parse(text), suffix);
        Assert.Equal(path, ObjectPath.Of(key));
        Assert.True(ObjectPath.TryParse(path, out var parsed));
        Assert.Equal(key, parsed);
    }

    [Fact]
    public void Random_digests_print_and_read_again()
        => Properties.Hold<byte[], byte>((bytes, pick) =>
        {
            byte[] digest = new byte[20];
            bytes.AsSpan(0, Math.Min(20, bytes.Length)).CopyTo(digest);
            var hash = new ContentHash((HashAlgorithmId)(pick % 3 + 1), digest);
            Assert.Equal(hash, ContentHash.Parse(hash.ToString()));
            byte[] copied = new byte[20];
            hash.CopyDigestTo(copied);
            Assert.Equal(digest, copied);
            Assert.StartsWith(Convert.ToHexStringLower(digest), hash.ToString(), StringComparison.Ordinal);
            Span<char> tooShort = stackalloc char[hash.TextLength - 1];
            Assert.False(hash.TryFormat(tooShort, out int written));
            Assert.Equal(0, written);
        });

    [Fact]
    public void Random_text_is_a_hash_only_if_it_prints_the_same()
    {
        Properties.Hold<byte[]>(bytes => !ContentHash.TryParse(bytes, out var hash) || hash.ToString() == Encoding.ASCII.GetString(bytes));
        Properties.Hold<byte[], byte>((bytes, at) =>
        {
            byte[] text = Encoding.ASCII.GetBytes(Digits + "-shake128");
            if (bytes.Length > 0) text[at % text.Length] = bytes[0];
            return !ContentHash.TryParse(text, out var hash) || hash.ToString() == Encoding.ASCII.GetString(text);
        });
    }
}
