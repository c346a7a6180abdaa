using System.Text;
using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>The rules of a <c>.cvmfsdirtab</c>: which directories become nested catalogs.</summary>
/// <remarks>
/// One rule a line; blank lines and lines that begin with <c>#</c> do not count. A pattern is an absolute path in which <c>*</c>, <c>?</c> and
/// <c>[…]</c> do not match a slash. A line that begins with <c>!</c> excludes; there wildcards match slashes too, as in the reference.
/// </remarks>
internal sealed class Dirtab
{
    private readonly List<Glob> _wanted = [];
    private readonly List<Glob> _excluded = [];

    /// <summary>Parses the rules.</summary>
    /// <exception cref="CvmfsPublishException">A pattern is relative, or both wanted and excluded.</exception>
    public static Dirtab Parse(ReadOnlySpan<byte> text)
    {
        var dirtab = new Dirtab();
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var excluded = new HashSet<string>(StringComparer.Ordinal);
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].Trim(" \t\r"u8);
            if (line.IsEmpty || line[0] == '#') continue;
            bool isExclusion = line[0] == '!';
            if (isExclusion) line = line[1..].TrimStart(" \t"u8);
            if (line.Length > 1) line = line.TrimEnd((byte)'/');
            if (line.IsEmpty) continue;
            if (!isExclusion && line[0] != '/') throw Wrong($"\"{Encoding.UTF8.GetString(line)}\" is not an absolute path");
            (isExclusion ? excluded : wanted).Add(Encoding.Latin1.GetString(line));
            (isExclusion ? dirtab._excluded : dirtab._wanted).Add(new Glob(line.ToArray(), wildcardsMatchSlash: isExclusion));
        }

        wanted.IntersectWith(excluded);
        if (wanted.Count > 0) throw Wrong($"\"{wanted.First()}\" is both wanted and excluded");
        return dirtab;
    }

    /// <summary>Whether a directory is to be a nested catalog.</summary>
    public bool IsMatch(ReadOnlySpan<byte> path)
    {
        foreach (var glob in _wanted)
        {
            if (!glob.IsMatch(path)) continue;
            foreach (var exclusion in _excluded)
            {
                if (exclusion.IsMatch(path)) return false;
            }

            return true;
        }

        return false;
    }

    private static CvmfsPublishException Wrong(string message) => new(RepositoryPath.Root.Append(MagicNames.Dirtab).ToString(), $"{message}.");
}
