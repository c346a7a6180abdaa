using System.Globalization;

namespace Cvmfs.Net.Cli;

/// <summary>Sizes as people write them: <c>50GB</c> (powers of 1000), <c>64MiB</c> (powers of 1024), plain bytes.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, double Factor)[] s_units =
    [
        ("kib", 1024d), ("mib", 1024d * 1024), ("gib", 1024d * 1024 * 1024), ("tib", 1024d * 1024 * 1024 * 1024),
        ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("k", 1e3), ("m", 1e6), ("g", 1e9), ("t", 1e12), ("b", 1), ("", 1),
    ];

    /// <summary>Parses a size. False for anything else, negative numbers included.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string trimmed = text.Trim();
        int digits = 0;
        while (digits < trimmed.Length && (char.IsAsciiDigit(trimmed[digits]) || trimmed[digits] == '.')) digits++;
        if (!double.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
        string unit = trimmed[digits..].Trim().ToLowerInvariant();
        foreach (var (name, factor) in s_units)
        {
            if (name != unit) continue;
            double value = number * factor;
            if (value is < 0 or > long.MaxValue / 2) return false;
            bytes = (long)value;
            return true;
        }

        return false;
    }

    /// <summary>Parses a size that was validated already.</summary>
    public static long Parse(string text) => TryParse(text, out long bytes) ? bytes : throw CliException.Usage($"\"{text}\" is no size.");

    /// <summary>For people: three digits and a unit, powers of 1024.</summary>
    public static string Format(long bytes)
    {
        if (bytes < 1024) return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        double value = bytes;
        int unit = -1;
        for (; value >= 1024 && unit < 4; unit++) value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {"KMGTP"[unit]}iB");
    }
}
