using System.Buffers;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Writes assignments as <see cref="ShellFragment"/> and every shell read them: plain where that is safe, as the reference's tools do, else quoted.</summary>
internal static class ShellText
{
    private static readonly SearchValues<char> s_plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,=-");

    /// <summary>One line, without its end.</summary>
    /// <exception cref="ArgumentException">The value holds a control character other than a line feed or tab, which no file can hold.</exception>
    public static string Assignment(string name, string value)
    {
        foreach (char c in value)
        {
            if (char.IsControl(c) && c is not ('\n' or '\t') && c < 0x80) throw new ArgumentException($"{name} holds a control character.", nameof(value));
        }

        return value.AsSpan().ContainsAnyExcept(s_plain) ? $"{name}='{value.Replace("'", "'\\''", StringComparison.Ordinal)}'" : $"{name}={value}";
    }
}
