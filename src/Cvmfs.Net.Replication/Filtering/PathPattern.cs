namespace Cvmfs.Net.Replication.Filtering;

/// <summary>A path with wildcards, over raw bytes. Matching takes time in proportion to pattern times path at worst, whatever the pattern.</summary>
internal sealed class PathPattern : IEquatable<PathPattern>
{
    private const ushort AnyRun = 256; // beyond every byte
    private const ushort AnyOne = 257;

    private readonly ushort[] _tokens;

    private PathPattern(ushort[] tokens) => _tokens = tokens;

    /// <summary>Parses: <c>*</c> and <c>?</c> are wildcards, <c>\</c> takes the meaning from one of <c>* ? \</c>.</summary>
    /// <returns>Null for any other escape.</returns>
    public static PathPattern? TryParse(ReadOnlySpan<byte> text)
    {
        var tokens = new List<ushort>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'*':
                    tokens.Add(AnyRun);
                    break;
                case (byte)'?':
                    tokens.Add(AnyOne);
                    break;
                case (byte)'\\':
                    if (++i == text.Length || text[i] is not ((byte)'*' or (byte)'?' or (byte)'\\')) return null;
                    tokens.Add(text[i]);
                    break;
                default:
                    tokens.Add(text[i]);
                    break;
            }
        }

        return new PathPattern([.. tokens]);
    }

    /// <summary>The patterns of the folders above, nearest first, without the root.</summary>
    public IEnumerable<PathPattern> Parents()
    {
        for (int slash = Array.LastIndexOf(_tokens, '/'); slash > 0; slash = Array.LastIndexOf(_tokens, '/', slash - 1)) yield return new PathPattern(_tokens[..slash]);
    }

    /// <summary>Whether all of a path matches.</summary>
    /// <param name="path">Absolute path; empty for the root.</param>
    /// <param name="runsCrossSlashes">Whether <c>*</c> also matches slashes.</param>
    public bool IsMatch(ReadOnlySpan<byte> path, bool runsCrossSlashes)
    {
        int token = 0;
        int at = 0;
        int run = -1; // the last run seen, which takes one byte more whenever what follows it does not match
        int taken = 0;
        while (at < path.Length)
        {
            if (token < _tokens.Length && _tokens[token] == AnyRun)
            {
                run = token++;
                taken = at;
            }
            else if (token < _tokens.Length && (_tokens[token] == path[at] || (_tokens[token] == AnyOne && path[at] != '/')))
            {
                token++;
                at++;
            }
            else if (run >= 0 && (runsCrossSlashes || path[taken] != '/'))
            {
                token = run + 1;
                at = ++taken;
            }
            else
            {
                return false;
            }
        }

        while (token < _tokens.Length && _tokens[token] == AnyRun) token++;
        return token == _tokens.Length;
    }

    /// <inheritdoc/>
    public bool Equals(PathPattern? other) => other is not null && _tokens.AsSpan().SequenceEqual(other._tokens);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PathPattern);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (ushort token in _tokens) hash.Add(token);
        return hash.ToHashCode();
    }
}
