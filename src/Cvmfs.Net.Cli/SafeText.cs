using System.Text;

namespace Cvmfs.Net.Cli;

/// <summary>Text from repositories, made harmless for a terminal: names may hold escape sequences.</summary>
internal static class SafeText
{
    /// <summary>Control characters become <c>\x1b</c>-style escapes; everything else stays.</summary>
    public static string ForTerminal(string text)
    {
        int first = 0;
        while (first < text.Length && !IsUnsafe(text[first])) first++;
        if (first == text.Length) return text;
        var builder = new StringBuilder(text, 0, first, text.Length + 16);
        foreach (char c in text.AsSpan(first))
        {
            if (IsUnsafe(c)) builder.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else builder.Append(c);
        }

        return builder.ToString();
    }

    // C0, DEL, C1 and the bidirectional overrides, which can make a name look like another.
    private static bool IsUnsafe(char c) => char.IsControl(c) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
