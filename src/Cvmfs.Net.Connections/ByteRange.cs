using System.Globalization;

namespace Cvmfs.Net.Connections;

/// <summary>The part of a file that a response carries.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>Reads a Range header against a file of known size.</summary>
    /// <remarks>One range of bytes is understood. Several, another unit or nonsense count as no Range header at all, as RFC 9110 allows:
    /// the whole file is a right answer to them.</remarks>
    /// <param name="header">Value of the header; null or empty for none.</param>
    /// <param name="fileBytes">Size of the file.</param>
    /// <param name="range">The part to send; meaningless where the result is <see cref="RangeOutcome.Unsatisfiable"/>.</param>
    public static RangeOutcome Read(ReadOnlySpan<char> header, long fileBytes, out ByteRange range)
    {
        range = new ByteRange(0, fileBytes);
        if (!header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase)) return RangeOutcome.WholeFile;
        var spec = header["bytes=".Length..].Trim(' ');
        int dash = spec.IndexOf('-');
        if (dash < 0 || spec.Contains(',')) return RangeOutcome.WholeFile;

        var first = spec[..dash];
        var last = spec[(dash + 1)..];
        if (first.IsEmpty)
        {
            if (!TryReadNumber(last, out long suffix)) return RangeOutcome.WholeFile;
            if (suffix == 0 || fileBytes == 0) return RangeOutcome.Unsatisfiable;
            long length = Math.Min(suffix, fileBytes);
            range = new ByteRange(fileBytes - length, length);
            return RangeOutcome.Part;
        }

        long end = long.MaxValue;
        if (!TryReadNumber(first, out long start) || (!last.IsEmpty && !TryReadNumber(last, out end)) || end < start) return RangeOutcome.WholeFile;
        if (start >= fileBytes) return RangeOutcome.Unsatisfiable;
        range = new ByteRange(start, Math.Min(end, fileBytes - 1) - start + 1);
        return RangeOutcome.Part;
    }

    /// <summary>Digits only; a number too large for a file position counts as the largest one.</summary>
    private static bool TryReadNumber(ReadOnlySpan<char> digits, out long value)
    {
        value = long.MaxValue;
        if (digits.IsEmpty || digits.IndexOfAnyExceptInRange('0', '9') >= 0) return false;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value)) value = long.MaxValue;
        return true;
    }
}

/// <summary>What a Range header asks for.</summary>
internal enum RangeOutcome
{
    /// <summary>Nothing special: 200.</summary>
    WholeFile,

    /// <summary>A part: 206.</summary>
    Part,

    /// <summary>A part that the file does not have: 416.</summary>
    Unsatisfiable,
}
