using System.Buffers;
using System.Globalization;

namespace Cvmfs.Net;

/// <summary>Sizes as people write them: <c>50GB</c> (powers of 1000), <c>64MiB</c> (powers of 1024), plain bytes.</summary>
public static class ByteSize
{
    private const string Letters = "kmgtp";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Reads a size: a number and a unit. False for anything else, negative numbers included.</summary>
    /// <param name="text">The size; letters of any case, blanks around number and unit.</param>
    /// <param name="bytes">The size in bytes; 0 where it is none.</param>
    public static bool TryParse(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        bytes = 0;
        string trimmed = text.Trim();
        int digits = trimmed.AsSpan().IndexOfAnyExcept(Digits);
        if (digits < 0) digits = trimmed.Length;
        if (!double.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
        string unit = trimmed[digits..].Trim().ToLowerInvariant();
        double factor = 1;
        if (unit is not ("" or "b"))
        {
            int power = Letters.IndexOf(unit[0], StringComparison.Ordinal) + 1;
            if (power == 0 || unit[1..] is not ("" or "b" or "ib")) return false;
            factor = Math.Pow(unit.EndsWith("ib", StringComparison.Ordinal) ? 1024 : 1000, power);
        }

        if (number * factor > long.MaxValue / 2) return false;
        bytes = (long)(number * factor);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, with an exception.</summary>
    /// <param name="text">The size.</param>
    /// <exception cref="CvmfsFormatException">It is none.</exception>
    public static long Parse(string text) => TryParse(text, out long bytes) ? bytes : throw new CvmfsFormatException("size", $"\"{text}\" is no size, expected one such as 50GB or 512MiB.");

    /// <summary>For people: three digits and a unit, powers of 1024.</summary>
    /// <param name="bytes">The size.</param>
    public static string Format(long bytes)
    {
        if (bytes < 1024) return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        double value = bytes;
        int unit = -1;
        for (; value >= 1024 && unit < 4; unit++) value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {"KMGTP"[unit]}iB");
    }
}
