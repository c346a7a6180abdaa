using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Tests.Trust;

namespace Cvmfs.Net.Tests.Manifests;

public sealed class SignedLetterTests
{
    private const string TextHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    [Fact]
    [Conforms("protocol", 19)]
    public void Splits_the_vectors()
    {
        var manifest = SignedLetter.Split(Vectors.ManifestBytes);
        Assert.Equal(Vectors.ManifestHashLine, Encoding.ASCII.GetString(manifest.HashLine.Span));
        Assert.Equal(Vectors.ManifestHashLine, manifest.Hash.ToString());
        Assert.True(manifest.IsHashRight);
        Assert.EndsWith("T1735689600\n", Encoding.ASCII.GetString(manifest.Text.Span), StringComparison.Ordinal);
        Assert.Equal(Vectors.ManifestBytes[^128..], manifest.Signature.ToArray());

        var whitelist = SignedLetter.Split(Vectors.WhitelistBytes);
        Assert.Equal(Vectors.WhitelistHashLine, whitelist.Hash.ToString());
        Assert.True(whitelist.IsHashRight);
        Assert.Equal(128, whitelist.Signature.Length);
    }

    [Fact]
    [Conforms("protocol", 11)]
    public void A_signature_may_hold_line_feeds_separators_and_zeros()
    {
        byte[] signature = Encoding.Latin1.GetBytes($"\n--\n\0{TextHash}\n\n--\nÿ");
        byte[] document = SignedLetter.Build("Sx\n"u8, HashAlgorithmId.Sha1, _ => signature);
        var letter = SignedLetter.Split(document);
        Assert.Equal(signature, letter.Signature.ToArray());
        Assert.Equal("Sx\n", Encoding.ASCII.GetString(letter.Text.Span));
        Assert.True(letter.IsHashRight);
    }

    [Theory]
    [InlineData(HashAlgorithmId.Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData(HashAlgorithmId.RipeMd160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc-rmd160")]
    [InlineData(HashAlgorithmId.Shake128, "5881092dd818bf5cf8a3ddb793fbcba74097d5c5-shake128")]
    [Conforms("protocol", 20)]
    public void The_length_of_the_hash_line_tells_the_algorithm(HashAlgorithmId algorithm, string hashLine)
    {
        var letter = SignedLetter.Split(Encoding.ASCII.GetBytes($"abc\n--\n{hashLine}\ns"));
        Assert.Equal(algorithm, letter.Hash.Algorithm);
        Assert.Equal(hashLine, Encoding.ASCII.GetString(letter.HashLine.Span));
        Assert.False(letter.IsHashRight); // the hash is of "abc" without its line feed, which is part of the text
    }

    [Theory]
    [InlineData("", "separator")]
    [InlineData("abc\n", "no separator")]
    [InlineData("abc\n--", "cut separator")]
    [InlineData("abc--\n" + TextHash + "\ns", "separator not on a line of its own")]
    [InlineData("abc\r\n--\r\n" + TextHash + "\ns", "carriage returns are ordinary characters")]
    [InlineData("abc\n--\n", "no hash line")]
    [InlineData("abc\n--\n" + TextHash, "hash line without its line feed")]
    [InlineData("abc\n--\n" + TextHash + "\n", "no signature")]
    [InlineData("abc\n--\n\ns", "empty hash line")]
    [InlineData("abc\n--\nd41d8cd98f00b204e9800998ecf8427e\ns", "an MD5 hash line")]
    [InlineData("abc\n--\nDA39A3EE5E6B4B0D3255BFEF95601890AFD80709\ns", "upper case")]
    [InlineData("abc\n--\n" + TextHash + " \ns", "a blank behind the hash")]
    [InlineData("abc\n--\n" + TextHash + "C\ns", "a type letter")]
    [InlineData("abc\n--\n" + TextHash + "-RMD160\ns", "upper-case suffix")]
    [InlineData("abc\n--\n" + TextHash + "-sha256\ns", "unknown suffix")]
    [Conforms("protocol", 3)]
    [Conforms("protocol", 22)]
    public void Refuses_broken_frames(string document, string what)
    {
        var refused = Assert.Throws<CvmfsFormatException>(() => SignedLetter.Split(Encoding.ASCII.GetBytes(document), what));
        Assert.Equal(what, refused.Document);
        Assert.NotNull(refused.Offset);
    }

    [Fact]
    public void The_null_hash_is_never_right()
        => Assert.False(SignedLetter.Split(Encoding.ASCII.GetBytes("abc\n--\n0000000000000000000000000000000000000000\ns")).IsHashRight);

    [Fact]
    public void Does_not_build_what_it_could_not_split()
    {
        Assert.Throws<ArgumentException>(() => SignedLetter.Build("abc"u8, HashAlgorithmId.Sha1, hash => hash));
        Assert.Throws<ArgumentException>(() => SignedLetter.Build(""u8, HashAlgorithmId.Sha1, hash => hash));
        Assert.Throws<ArgumentException>(() => SignedLetter.Build("a\n--\nb\n"u8, HashAlgorithmId.Sha1, hash => hash));
        Assert.Throws<ArgumentException>(() => SignedLetter.Build("--\nb\n"u8, HashAlgorithmId.Sha1, hash => hash));
    }

    [Fact]
    public void Random_bytes_split_exactly_or_are_refused()
        => Properties.Hold<byte[], byte[]>((text, rest) =>
        {
            byte[] document = [.. text, .. "\n--\n"u8, .. rest];
            try
            {
                var letter = SignedLetter.Split(document);
                byte[] joined = [.. letter.Text.Span, .. "--\n"u8, .. letter.HashLine.Span, (byte)'\n', .. letter.Signature.Span];
                Assert.Equal(document, joined);
            }
            catch (CvmfsFormatException)
            {
            }
        });

    [Fact]
    public void What_is_built_splits_again()
        => Properties.Hold<byte[], byte[]>((text, signature) =>
        {
            byte[] line = [.. text.Where(value => value != (byte)'-'), (byte)'\n'];
            byte[] tail = [1, .. signature];
            var letter = SignedLetter.Split(SignedLetter.Build(line, HashAlgorithmId.Shake128, _ => tail));
            Assert.Equal(line, letter.Text.ToArray());
            Assert.Equal(tail, letter.Signature.ToArray());
            Assert.True(letter.IsHashRight);
        });
}
