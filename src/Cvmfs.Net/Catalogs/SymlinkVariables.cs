using System.Text;

namespace Cvmfs.Net.Catalogs;

/// <summary>Variables in link targets: <c>$(NAME)</c> and <c>$(NAME:-default)</c>.</summary>
/// <remarks>Only a client that presents a link expands them. Publishers, replicas and catalogs keep the text as it is.</remarks>
public static class SymlinkVariables
{
    private static ReadOnlySpan<byte> Opening => "$("u8;

    private static ReadOnlySpan<byte> DefaultMark => ":-"u8;

    /// <summary>Whether a target has anything to expand.</summary>
    public static bool HasVariables(ReadOnlySpan<byte> target)
    {
        int opening = target.IndexOf(Opening);
        return opening >= 0 && target[(opening + Opening.Length)..].Contains((byte)')');
    }

    /// <summary>Replaces every variable once; what comes in is not looked at again.</summary>
    /// <param name="target">The stored target.</param>
    /// <param name="lookup">The value of a variable, null where it is not set. An empty value is a value: the default does not apply.</param>
    /// <returns>The target to show. An expression without its closing parenthesis stays as it is.</returns>
    public static byte[] Expand(ReadOnlySpan<byte> target, Func<string, string?> lookup)
    {
        ArgumentNullException.ThrowIfNull(lookup);
        if (!HasVariables(target)) return target.ToArray();
        var expanded = new List<byte>(target.Length);
        while (!target.IsEmpty)
        {
            int opening = target.IndexOf(Opening);
            int closing = opening < 0 ? -1 : target[opening..].IndexOf((byte)')');
            if (closing < 0)
            {
                expanded.AddRange(target);
                break;
            }

            expanded.AddRange(target[..opening]);
            var expression = target.Slice(opening + Opening.Length, closing - Opening.Length);
            int mark = expression.IndexOf(DefaultMark);
            var name = mark < 0 ? expression : expression[..mark];
            if (lookup(Encoding.UTF8.GetString(name)) is { } value) expanded.AddRange(Encoding.UTF8.GetBytes(value));
            else if (mark >= 0) expanded.AddRange(expression[(mark + DefaultMark.Length)..]);
            target = target[(opening + closing + 1)..];
        }

        return [.. expanded];
    }
}
