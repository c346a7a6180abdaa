namespace Cvmfs.Net.Hashing;

/// <summary>Digits and suffixes of printed hashes; shared by content hashes, object keys and fingerprints.</summary>
internal static class HashText
{
    /// <summary>The suffix that names the algorithm behind the digits.</summary>
    public static ReadOnlySpan<byte> Suffix(HashAlgorithmId algorithm) => algorithm switch
    {
        HashAlgorithmId.RipeMd160 => "-rmd160"u8,
        HashAlgorithmId.Shake128 => "-shake128"u8,
        _ => default,
    };

    /// <summary>Recognises exactly "", "-rmd160" and "-shake128".</summary>
    public static bool TryReadSuffix(ReadOnlySpan<byte> suffix, out HashAlgorithmId algorithm)
    {
        algorithm = suffix.Length switch { 0 => HashAlgorithmId.Sha1, 7 => HashAlgorithmId.RipeMd160, _ => HashAlgorithmId.Shake128 };
        return suffix.SequenceEqual(Suffix(algorithm));
    }

    /// <summary>Reads lower-case hex digits; false on anything else.</summary>
    public static bool TryReadDigits(ReadOnlySpan<byte> digits, Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            int high = Value(digits[2 * i]);
            int low = Value(digits[2 * i + 1]);
            if ((high | low) < 0) return false;
            bytes[i] = (byte)((high << 4) | low);
        }

        return true;

        static int Value(byte digit) => digit switch
        {
            >= (byte)'0' and <= (byte)'9' => digit - '0',
            >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
            _ => -1,
        };
    }

    /// <summary>Writes two lower-case digits a byte.</summary>
    public static void WriteDigits(ReadOnlySpan<byte> bytes, Span<byte> digits)
    {
        ReadOnlySpan<byte> alphabet = "0123456789abcdef"u8;
        for (int i = 0; i < bytes.Length; i++)
        {
            digits[2 * i] = alphabet[bytes[i] >> 4];
            digits[2 * i + 1] = alphabet[bytes[i] & 15];
        }
    }

    /// <summary>The refusal of a text that was to be a hash; quotes at most as much as the longest hash has.</summary>
    public static CvmfsFormatException NotAHash(ReadOnlySpan<char> text)
    {
        string shown = text.Length > 64 ? string.Concat(text[..64], "…") : text.ToString();
        return new CvmfsFormatException("hash", $"\"{shown}\" is not 40 lower-case hex digits with \"\", \"-rmd160\" or \"-shake128\" behind them.");
    }
}
