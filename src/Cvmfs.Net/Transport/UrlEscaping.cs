using System.Buffers;
using System.Text;

namespace Cvmfs.Net.Transport;

/// <summary>Escapes paths as every CernVM-FS client does, so that caches on the way see one URL for one file.</summary>
internal static class UrlEscaping
{
    private const string HexDigits = "0123456789ABCDEF";

    private static readonly SearchValues<byte> s_plain = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/:.@+-_~[],"u8);

    public static string Escape(ReadOnlySpan<byte> path)
    {
        if (path.IndexOfAnyExcept(s_plain) < 0) return Encoding.ASCII.GetString(path);
        var text = new StringBuilder(path.Length + 32);
        foreach (byte b in path)
        {
            if (s_plain.Contains(b)) text.Append((char)b);
            else text.Append('%').Append(HexDigits[b >> 4]).Append(HexDigits[b & 15]);
        }

        return text.ToString();
    }
}
