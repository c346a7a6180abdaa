using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Replication.Filtering;

/// <summary>Which nested catalogs a partial replica has. The root catalog and its files always belong to it. Immutable, thread-safe.</summary>
/// <remarks>
/// <para>One rule a line, as in a <c>.cvmfsdirtab</c>; blank lines do not count, nor lines that begin with <c>#</c>. A rule is an absolute path in
/// which <c>*</c> and <c>?</c> stand for anything but a slash; <c>\</c> before one of <c>* ? \</c> takes its meaning away. A rule that begins with
/// <c>!</c> excludes; there <c>*</c> stands for slashes, too.</para>
/// <para>A mountpoint belongs when a rule matches it or one above it, or when it lies on the way to what a rule names; and when no excluding rule
/// matches it or one above it. Whole catalogs are chosen: with a catalog come all its files.</para>
/// </remarks>
public sealed class PathFilter
{
    /// <summary>Longest text of a filter, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly List<PathPattern> _wanted = [];
    private readonly List<PathPattern> _onTheWay = [];
    private readonly List<PathPattern> _excluded = [];
    private readonly byte[] _text;

    private PathFilter(byte[] text) => (_text, Digest) = (text, Convert.ToHexStringLower(SHA256.HashData(text)));

    /// <summary>The rules as they were given.</summary>
    public ReadOnlyMemory<byte> Text => _text;

    /// <summary>SHA-256 of the rules as they were given: tells one filter from another.</summary>
    public string Digest { get; }

    /// <summary>Parses rules.</summary>
    /// <param name="text">The rules.</param>
    /// <param name="document">Name of the file, for messages.</param>
    /// <exception cref="PathFilterException">A path is relative, an escape is none, two rules contradict each other, or the text is too long.</exception>
    public static PathFilter Parse(ReadOnlySpan<byte> text, string document = "path filter")
    {
        if (text.Length > MaxBytes) throw new PathFilterException(document, 1, $"{text.Length} bytes, expected at most {MaxBytes}.");
        var filter = new PathFilter(text.ToArray());
        var lines = new Dictionary<PathPattern, int>();
        int number = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            number++;
            var line = text[range].TrimStart(" \t"u8).TrimEnd((byte)'\r');
            if (line.IsEmpty || line[0] == '#') continue;
            bool excludes = line[0] == '!';
            if (excludes) line = line[1..].TrimStart(" \t"u8);
            if (!excludes && line[0] != '/') throw new PathFilterException(document, number, $"\"{Encoding.UTF8.GetString(line)}\" is not an absolute path.");
            var pattern = PathPattern.TryParse(line.EndsWith("/"u8) ? line[..^1] : line)
                ?? throw new PathFilterException(document, number, $"\"{Encoding.UTF8.GetString(line)}\" has a \\ before something other than *, ? or \\.");
            if (excludes) filter._excluded.Add(pattern);
            else filter._wanted.Add(pattern);
            if (excludes) lines[pattern] = number;
        }

        filter._onTheWay.AddRange(filter._wanted.SelectMany(pattern => pattern.Parents()).Distinct());
        foreach (var needed in filter._wanted.Concat(filter._onTheWay))
        {
            if (lines.TryGetValue(needed, out int line)) throw new PathFilterException(document, line, "excludes what another rule wants, or what lies on the way to it.");
        }

        return filter;
    }

    /// <summary>Reads rules from a file.</summary>
    /// <exception cref="PathFilterException">As for parsing.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<PathFilter> LoadAsync(string path, CancellationToken cancellationToken = default)
        => Parse(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), path);

    /// <summary>Whether the catalog at a mountpoint belongs to the replica.</summary>
    public bool Includes(RepositoryPath mountpoint)
    {
        if (mountpoint.IsRoot) return true;
        if (!Matches(_onTheWay, mountpoint, runsCrossSlashes: false) && !MatchesAtOrAbove(_wanted, mountpoint, runsCrossSlashes: false)) return false;
        return !MatchesAtOrAbove(_excluded, mountpoint, runsCrossSlashes: true);
    }

    private static bool MatchesAtOrAbove(List<PathPattern> patterns, RepositoryPath path, bool runsCrossSlashes)
    {
        for (; ; path = path.Parent)
        {
            if (Matches(patterns, path, runsCrossSlashes)) return true;
            if (path.IsRoot) return false;
        }
    }

    private static bool Matches(List<PathPattern> patterns, RepositoryPath path, bool runsCrossSlashes)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.IsMatch(path.Bytes, runsCrossSlashes)) return true;
        }

        return false;
    }
}
