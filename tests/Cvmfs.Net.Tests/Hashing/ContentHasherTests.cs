using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;

namespace Cvmfs.Net.Tests.Hashing;

public sealed class ContentHasherTests
{
    private static readonly HashAlgorithmId[] Algorithms = [HashAlgorithmId.Sha1, HashAlgorithmId.RipeMd160, HashAlgorithmId.Shake128];

    [Theory]
    [InlineData(HashAlgorithmId.Sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData(HashAlgorithmId.RipeMd160, "", "9c1185a5c5e9fc54612808977ee8f548b2258d31-rmd160")]
    [InlineData(HashAlgorithmId.Shake128, "", "7f9c2ba4e88f827d616045507605853ed73b8093-shake128")]
    [InlineData(HashAlgorithmId.Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData(HashAlgorithmId.RipeMd160, "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc-rmd160")]
    [InlineData(HashAlgorithmId.Shake128, "abc", "5881092dd818bf5cf8a3ddb793fbcba74097d5c5-shake128")]
    [Conforms("protocol", 1)]
    public void Gives_the_published_hashes(HashAlgorithmId algorithm, string text, string expected)
    {
        Assert.Equal(expected, ContentHash.Compute(algorithm, Encoding.ASCII.GetBytes(text)).ToString());
        using var hasher = ContentHasher.Create(algorithm);
        Assert.Equal(algorithm, hasher.Algorithm);
        foreach (char character in text) hasher.Append([(byte)character]);
        Assert.Equal(text.Length, hasher.Length);
        Assert.Equal(expected, hasher.GetHashAndReset().ToString());
        Assert.Equal(0, hasher.Length);
    }

    // From the paper that defines RIPEMD-160.
    [Theory]
    [InlineData("a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe")]
    [InlineData("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "b0e20b6e3116640286ed3a87a5713079b21f5189")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "9b752e45573d4b39f4dbd3323cab82bf63326bfb")]
    [Conforms("protocol", 1)]
    public void Gives_the_paper_s_RIPEMD_160(string text, string expected)
        => Assert.Equal(expected + "-rmd160", ContentHash.Compute(HashAlgorithmId.RipeMd160, Encoding.ASCII.GetBytes(text)).ToString());

    [Fact]
    [Conforms("protocol", 1)]
    public void Gives_the_paper_s_RIPEMD_160_of_a_million_letters()
        => Assert.Equal(
            "52783243c1697bdbe16d37f97f68f08325dc1528-rmd160",
            ContentHash.Compute(HashAlgorithmId.RipeMd160, Enumerable.Repeat((byte)'a', 1_000_000).ToArray()).ToString());

    [Fact]
    public void Agrees_with_another_implementation_at_every_length_around_the_blocks()
    {
        byte[] data = new byte[1024];
        new Random(7).NextBytes(data);
        for (int length = 0; length <= data.Length; length++)
        {
            var input = data.AsSpan(0, length);
            Assert.Equal(Other(new RipeMD160Digest(), input), RipeMd(input));
            Assert.Equal(Other(new ShakeDigest(128), input), Shake(input));
        }

        static byte[] RipeMd(ReadOnlySpan<byte> input)
        {
            var hash = new RipeMd160();
            hash.Append(input);
            byte[] digest = new byte[20];
            hash.Finish(digest);
            return digest;
        }

        static byte[] Shake(ReadOnlySpan<byte> input)
        {
            var hash = new ManagedShake128();
            hash.Append(input);
            byte[] digest = new byte[20];
            hash.Finish(digest);
            Assert.Equal(ContentHash.Compute(HashAlgorithmId.Shake128, input), new ContentHash(HashAlgorithmId.Shake128, digest));
            return digest;
        }
    }

    [Fact]
    public void Pieces_of_any_size_give_the_hash_of_the_whole()
        => Properties.Hold<byte[], byte[]>(
            (data, cuts) =>
            {
                foreach (var algorithm in Algorithms)
                {
                    using var hasher = ContentHasher.Create(algorithm);
                    var rest = data.AsSpan();
                    foreach (byte cut in cuts)
                    {
                        int step = Math.Min(cut, rest.Length);
                        hasher.Append(rest[..step]);
                        rest = rest[step..];
                    }

                    hasher.Append(rest);
                    Assert.Equal(ContentHash.Compute(algorithm, data), hasher.GetHashAndReset());
                }
            },
            size: 400);

    [Fact]
    public void A_hasher_starts_anew_after_each_hash()
    {
        foreach (var algorithm in Algorithms)
        {
            using var hasher = ContentHasher.Create(algorithm);
            for (int i = 0; i < 3; i++)
            {
                hasher.Append(new byte[100]);
                Assert.Equal(ContentHash.Compute(algorithm, new byte[100]), hasher.GetHashAndReset());
            }
        }

        var managed = new ManagedShake128();
        byte[] first = new byte[20];
        byte[] second = new byte[20];
        managed.Append(new byte[500]);
        managed.Finish(first);
        managed.Append(new byte[500]);
        managed.Finish(second);
        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData(HashAlgorithmId.Md5)]
    [InlineData((HashAlgorithmId)4)]
    public void Others_make_no_content_hashes(HashAlgorithmId algorithm)
    {
        Assert.Throws<ArgumentException>(() => ContentHasher.Create(algorithm));
        Assert.Throws<ArgumentException>(() => new ContentHash(algorithm, new byte[20]));
        Assert.Throws<ArgumentException>(() => new ContentHash(HashAlgorithmId.Sha1, new byte[16]));
    }

    private static byte[] Other(IDigest digest, ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        digest.BlockUpdate(bytes, 0, bytes.Length);
        byte[] output = new byte[Math.Max(20, digest.GetDigestSize())];
        if (digest is IXof xof) xof.DoFinal(output, 0, 20);
        else digest.DoFinal(output, 0);
        return output[..20];
    }
}
