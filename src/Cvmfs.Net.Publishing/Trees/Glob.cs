namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Shell patterns over raw bytes: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a-z]</c> and <c>\</c> before a literal.</summary>
internal sealed class Glob(ReadOnlyMemory<byte> pattern, bool wildcardsMatchSlash)
{
    /// <summary>Whether all of the text matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        var glob = pattern.Span;
        int p = 0;
        int t = 0;
        int star = -1;
        int mark = 0;
        while (t < text.Length)
        {
            if (p < glob.Length && glob[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < glob.Length && TryMatchOne(glob[p..], text[t], out int used))
            {
                p += used;
                t++;
            }
            else if (star >= 0 && (wildcardsMatchSlash || text[mark] != '/'))
            {
                p = star + 1; // let the last star take one byte more
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        return glob[p..].IndexOfAnyExcept((byte)'*') < 0;
    }

    private bool TryMatchOne(ReadOnlySpan<byte> glob, byte value, out int used)
    {
        used = 1;
        switch (glob[0])
        {
            case (byte)'?':
                return value != '/' || wildcardsMatchSlash;
            case (byte)'\\' when glob.Length > 1:
                used = 2;
                return glob[1] == value;
            case (byte)'[' when TryMatchClass(glob, value, out bool isMember, out used):
                return isMember && (value != '/' || wildcardsMatchSlash);
            default:
                used = 1;
                return glob[0] == value;
        }
    }

    /// <summary>False for a bracket that is not closed, which is then a literal.</summary>
    private static bool TryMatchClass(ReadOnlySpan<byte> glob, byte value, out bool isMember, out int used)
    {
        isMember = false;
        used = 1;
        int at = 1;
        bool negated = glob.Length > 1 && glob[1] is (byte)'!' or (byte)'^';
        if (negated) at++;
        for (int first = at; at < glob.Length; at++)
        {
            if (glob[at] == ']' && at > first)
            {
                used = at + 1;
                isMember ^= negated;
                return true;
            }

            if (at + 2 < glob.Length && glob[at + 1] == '-' && glob[at + 2] != ']')
            {
                isMember |= value >= glob[at] && value <= glob[at + 2];
                at += 2;
            }
            else
            {
                isMember |= value == glob[at];
            }
        }

        return false;
    }
}
