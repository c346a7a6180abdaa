using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class RawRsaSignatureTests
{
    private static readonly byte[] Message = Encoding.ASCII.GetBytes(Vectors.WhitelistHashLine);

    private static RSAParameters Public => SignedSet.Master.ExportParameters(false);

    private static int Size => Public.Modulus!.Length;

    [Fact]
    [Conforms("protocol", 28)]
    [Conforms("protocol", 34)]
    public void Verifies_the_vector()
    {
        using var key = RSA.Create();
        key.ImportFromPem(Vectors.MasterKeyPem);
        byte[] signature = Vectors.WhitelistBytes.AsSpan(^128..).ToArray();
        Assert.True(RawRsaSignature.Verify(key.ExportParameters(false), Message, signature));
        Assert.False(RawRsaSignature.Verify(key.ExportParameters(false), Message.AsSpan(..^1), signature));
        Assert.False(RawRsaSignature.Verify(key.ExportParameters(false), [.. Message, 0], signature));
        Assert.False(RawRsaSignature.Verify(Public, Message, signature));
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1032)]
    [InlineData(2048)]
    public void What_is_signed_verifies(int bits)
    {
        using var key = RSA.Create(bits);
        for (int length = 0; length < 60; length += 7)
        {
            byte[] message = RandomNumberGenerator.GetBytes(length);
            byte[] signature = RawRsaSignature.Sign(key, message);
            Assert.Equal((bits + 7) / 8, signature.Length);
            Assert.True(RawRsaSignature.Verify(key.ExportParameters(false), message, signature));
            Assert.Equal(signature, RawRsaSignature.Sign(key, message)); // the random factor leaves no trace
        }
    }

    [Fact]
    [Conforms("protocol", 34)]
    public void An_ordinary_signature_is_none()
    {
        Assert.False(RawRsaSignature.Verify(Public, Message, SignedSet.Master.SignData(Message, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1)));
        Assert.False(SignedSet.Master.VerifyData(Message, RawRsaSignature.Sign(SignedSet.Master, Message), HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    [Conforms("protocol", 35)]
    public void Refuses_every_block_that_is_not_exactly_the_right_one()
    {
        byte[] right = [0, 1, .. Enumerable.Repeat((byte)0xff, Size - 3 - Message.Length), 0, .. Message];
        Assert.True(RawRsaSignature.Verify(Public, Message, PrivateOperation(right)));

        Refused("block type 0", [0, 0, .. right[2..]]);
        Refused("block type 2", [0, 2, .. right[2..]]);
        Refused("padding of zeros", [0, 1, .. new byte[Size - 3 - Message.Length], 0, .. Message]);
        Refused("one wrong padding byte", [.. right[..20], 0xfe, .. right[21..]]);
        Refused("no separator", [0, 1, .. Enumerable.Repeat((byte)0xff, Size - 2 - Message.Length), .. Message]);
        Refused("a separator too early", [.. right[..11], 0, .. right[12..]]);
        Refused("short padding and bytes behind the message",
            [0, 1, .. Enumerable.Repeat((byte)0xff, 8), 0, .. Message, .. new byte[Size - 11 - Message.Length]]);
        Refused("no padding, message, bytes behind it", [0, 1, 0, .. Message, .. new byte[Size - 3 - Message.Length]]);
        Refused("bytes before the message", [0, 1, .. Enumerable.Repeat((byte)0xff, 8), 0, .. new byte[Size - 11 - Message.Length], .. Message]);
        Refused("a leading byte", [1, .. right[1..]]);

        static void Refused(string what, byte[] block)
            => Assert.False(RawRsaSignature.Verify(Public, Message, PrivateOperation(block)), what);
    }

    [Fact]
    [Conforms("protocol", 35)]
    public void Padding_has_at_least_eight_bytes()
    {
        int longest = Size - 11;
        byte[] message = RandomNumberGenerator.GetBytes(longest);
        Assert.True(RawRsaSignature.Verify(Public, message, RawRsaSignature.Sign(SignedSet.Master, message)));

        byte[] tooLong = RandomNumberGenerator.GetBytes(longest + 1);
        Assert.Throws<ArgumentException>(() => RawRsaSignature.Sign(SignedSet.Master, tooLong));
        byte[] block = [0, 1, .. Enumerable.Repeat((byte)0xff, 7), 0, .. tooLong];
        Assert.False(RawRsaSignature.Verify(Public, tooLong, PrivateOperation(block)));
    }

    [Fact]
    [Conforms("protocol", 35)]
    public void A_signature_has_the_modulus_s_length_and_is_below_it()
    {
        byte[] signature = RawRsaSignature.Sign(SignedSet.Master, Message);
        Assert.False(RawRsaSignature.Verify(Public, Message, [0, .. signature]));
        Assert.False(RawRsaSignature.Verify(Public, Message, [.. signature, 0]));
        Assert.False(RawRsaSignature.Verify(Public, Message, []));

        // The same number plus the modulus has the same power; it must not be a second signature.
        var more = Number(signature) + Number(Public.Modulus!);
        if (more.GetByteCount(isUnsigned: true) == Size) Assert.False(RawRsaSignature.Verify(Public, Message, Bytes(more)));
        Assert.False(RawRsaSignature.Verify(Public, Message, Public.Modulus));
    }

    [Fact]
    public void Random_signatures_never_verify()
    {
        using var small = RSA.Create(512); // the arithmetic's cost grows with the cube
        var key = small.ExportParameters(false);
        Properties.Hold<byte[]>(bytes =>
        {
            byte[] signature = new byte[key.Modulus!.Length];
            bytes.AsSpan(0, Math.Min(bytes.Length, signature.Length)).CopyTo(signature);
            return !RawRsaSignature.Verify(key, Message, signature) && !RawRsaSignature.Verify(key, Message, bytes);
        });
    }

    private static byte[] PrivateOperation(byte[] block)
    {
        var key = SignedSet.Master.ExportParameters(true);
        var modulus = Number(key.Modulus!);
        return Bytes(BigInteger.ModPow(Number(block) % modulus, Number(key.D!), modulus));
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[Size - bytes.Length], .. bytes];
    }
}
