using System.Numerics;
using System.Security.Cryptography;

namespace Cvmfs.Net.Trust;

/// <summary>The whitelist's signature: PKCS#1 type-1 padding directly around the message, no digest and no DigestInfo.</summary>
/// <remarks>The class library only knows RSA with a DigestInfo, so the arithmetic is done here: block = 00 01 FF…FF 00 message, at least eight FF.</remarks>
public static class RawRsaSignature
{
    private const int MinimumPadding = 8;

    /// <summary>Bytes of a block that are no message: two leading, one separator, the least padding.</summary>
    private const int OverheadBytes = 3 + MinimumPadding;

    // Keys come from local configuration; the bound keeps a mistaken file from costing minutes.
    private const int MaxModulusBytes = 2048;

    /// <summary>Verifies a signature, strictly: every byte of the block must be the one it has to be.</summary>
    /// <param name="publicKey">Modulus and exponent.</param>
    /// <param name="message">The signed bytes themselves.</param>
    /// <param name="signature">As long as the modulus.</param>
    /// <returns>False for a wrong signature, and for a key too short for the message.</returns>
    public static bool Verify(RSAParameters publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var modulusBytes = publicKey.Modulus.AsSpan().TrimStart((byte)0);
        int size = modulusBytes.Length;
        if (size > MaxModulusBytes || size < message.Length + OverheadBytes || signature.Length != size) return false;

        var modulus = Unsigned(modulusBytes);
        var value = Unsigned(signature);
        if (value >= modulus) return false;
        var block = BigInteger.ModPow(value, Unsigned(publicKey.Exponent), modulus);
        return Block(message, size).AsSpan().SequenceEqual(Bytes(block, size));
    }

    /// <summary>Signs a message.</summary>
    /// <param name="privateKey">An RSA key that can be exported.</param>
    /// <param name="message">The bytes to sign, at most the modulus less 11 bytes.</param>
    /// <exception cref="ArgumentException">The key is too short for the message.</exception>
    /// <exception cref="CryptographicException">The private key cannot be exported, or is inconsistent.</exception>
    public static byte[] Sign(RSA privateKey, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(privateKey);
        var key = privateKey.ExportParameters(includePrivateParameters: true);
        try
        {
            int size = key.Modulus!.Length;
            if (size < message.Length + OverheadBytes)
            {
                throw new ArgumentException($"A key of {8 * size} bits cannot sign {message.Length} bytes.", nameof(privateKey));
            }

            var modulus = Unsigned(key.Modulus);
            var exponent = Unsigned(key.Exponent);
            var block = Unsigned(Block(message, size));

            // BigInteger takes a time that depends on the numbers; a random factor, taken out afterwards, makes that time say nothing.
            var (factor, inverse) = Blinding(modulus, size);
            var blinded = block * BigInteger.ModPow(factor, exponent, modulus) % modulus;
            var signature = BigInteger.ModPow(blinded, Unsigned(key.D), modulus) * inverse % modulus;

            byte[] bytes = Bytes(signature, size);
            return Verify(key, message, bytes)
                ? bytes
                : throw new CryptographicException("The private key does not belong to its public part: the signature does not verify.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key.D);
            CryptographicOperations.ZeroMemory(key.P);
            CryptographicOperations.ZeroMemory(key.Q);
            CryptographicOperations.ZeroMemory(key.DP);
            CryptographicOperations.ZeroMemory(key.DQ);
            CryptographicOperations.ZeroMemory(key.InverseQ);
        }
    }

    private static byte[] Block(ReadOnlySpan<byte> message, int size)
    {
        byte[] block = new byte[size];
        block[1] = 1;
        block.AsSpan(2, size - 3 - message.Length).Fill(0xff);
        message.CopyTo(block.AsSpan(size - message.Length));
        return block;
    }

    private static (BigInteger Factor, BigInteger Inverse) Blinding(BigInteger modulus, int size)
    {
        while (true)
        {
            var factor = Unsigned(RandomNumberGenerator.GetBytes(size)) % modulus;
            if (Inverse(factor, modulus) is { } inverse) return (factor, inverse);
        }
    }

    /// <summary>Extended Euclid; null where there is no inverse.</summary>
    private static BigInteger? Inverse(BigInteger value, BigInteger modulus)
    {
        var (previous, current) = (modulus, value);
        var (previousFactor, factor) = (BigInteger.Zero, BigInteger.One);
        while (!current.IsZero)
        {
            var quotient = previous / current;
            (previous, current) = (current, previous - quotient * current);
            (previousFactor, factor) = (factor, previousFactor - quotient * factor);
        }

        if (!previous.IsOne) return null;
        return previousFactor.Sign < 0 ? previousFactor + modulus : previousFactor;
    }

    private static BigInteger Unsigned(ReadOnlySpan<byte> bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger value, int size)
    {
        byte[] bytes = new byte[size];
        int length = value.GetByteCount(isUnsigned: true);
        value.TryWriteBytes(bytes.AsSpan(size - length), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
