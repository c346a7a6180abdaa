namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>A directive of squid's configuration: its words, and where it stands.</summary>
internal sealed record SquidDirective(string File, int Number, string Text, string[] Words)
{
    private const int MaxDepth = 16;

    /// <summary>Its name.</summary>
    public string Name => Words[0];

    /// <summary>Its words after the name.</summary>
    public ReadOnlySpan<string> Arguments => Words.AsSpan(1);

    /// <summary>Reads a file and those that it includes, in order; continued lines are one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lines">The lines of a file; null where it cannot be read.</param>
    public static IEnumerable<SquidDirective> ReadAll(string path, Func<string, string[]?> lines) => ReadAll(path, lines, 0);

    private static IEnumerable<SquidDirective> ReadAll(string path, Func<string, string[]?> lines, int depth)
    {
        string[] all = lines(path) ?? [];
        for (int i = 0; i < all.Length; i++)
        {
            int first = i;
            string text = all[i].Trim();
            while (text.EndsWith('\\') && i + 1 < all.Length) text = text[..^1].TrimEnd() + " " + all[++i].Trim();
            string[] words = Split(text);
            if (words.Length == 0) continue;
            var directive = new SquidDirective(path, first + 1, text, words);
            yield return directive;
            if (words[0] != "include" || depth >= MaxDepth) continue;
            foreach (string included in words.Skip(1).SelectMany(word => Included(path, word)))
            {
                foreach (var inner in ReadAll(included, lines, depth + 1)) yield return inner;
            }
        }
    }

    /// <summary>Files that a word of <c>include</c> names, in the order of their names: <c>*</c> and <c>?</c> stand for parts of a file's name.</summary>
    public static IEnumerable<string> Included(string from, string word)
    {
        string path = Path.Combine(Path.GetDirectoryName(from) ?? "", word.Trim('"')), name = Path.GetFileName(path);
        if (name.AsSpan().IndexOfAny('*', '?') < 0) return [path];
        string folder = Path.GetDirectoryName(path) ?? "";
        return Directory.Exists(folder) ? Directory.GetFiles(folder, name).Order(StringComparer.Ordinal) : [];
    }

    /// <summary>The words of a line: blanks part them, quotation marks hold them together, <c>#</c> begins a remark.</summary>
    private static string[] Split(string text)
    {
        var words = new List<string>();
        for (int i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            if (text[i] == '#') break; // squid takes it for a remark where a word begins
            int begin = i;
            bool quoted = text[i] == '"';
            i++;
            while (i < text.Length && (quoted ? text[i] != '"' : !char.IsWhiteSpace(text[i]))) i++;
            if (quoted && i < text.Length) i++;
            words.Add(text[begin..i]); // with its quotation marks: they make a file name of a value
        }

        return [.. words];
    }
}
