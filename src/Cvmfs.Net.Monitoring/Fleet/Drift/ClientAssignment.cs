using System.Text;
using System.Text.RegularExpressions;

namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>A variable that a client's configuration file sets. Files are shell scripts; every branch of a condition is taken for possible.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Name">The variable.</param>
/// <param name="Value">The value without quotes.</param>
internal sealed partial record ClientAssignment(string File, int Line, string Name, string Value)
{
    public string Place => $"{File}:{Line}";

    public static IEnumerable<ClientAssignment> Read(string file, string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Assignment().Match(lines[i]) is { Success: true } match) yield return new ClientAssignment(file, i + 1, match.Groups[1].Value, Unquote(match.Groups[2].Value.TrimEnd('\r')));
        }
    }

    private static string Unquote(string text)
    {
        var value = new StringBuilder();
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote == '\0' && (char.IsWhiteSpace(c) || c is ';' or '#')) break;
            if (c == quote) quote = '\0';
            else if (quote == '\0' && c is '"' or '\'' && quote == '\0') quote = c;
            else if (c == '\\' && quote != '\'' && i + 1 < text.Length) value.Append(text[++i]);
            else value.Append(c);
        }

        return value.ToString();
    }

    [GeneratedRegex(@"^\s*(?:export\s+|readonly\s+)?(CVMFS_[A-Z0-9_]+)=(.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();
}
