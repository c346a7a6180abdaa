using System.Globalization;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Turns variables into settings and remembers which were asked for. An empty value counts as none, as it does for the reference's tools.</summary>
internal sealed class SettingReader(ShellVariables variables)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>What an operator should know about values that are legal and probably not what was meant.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Variables of files whose names begin like the reference's and that nothing asked for.</summary>
    public IEnumerable<ConfigurationValue> Unused
        => variables.All.Where(value => value.Line > 0 && value.Name.StartsWith("CVMFS_", StringComparison.Ordinal) && !_asked.Contains(value.Name))
            .OrderBy(value => value.Name, StringComparer.Ordinal);

    public ConfigurationValue? Find(string name)
    {
        _asked.Add(name);
        return variables.TryGet(name, out var value) && value.Text.Length > 0 ? value : null;
    }

    /// <summary>Says that a setting is known and has no effect here.</summary>
    public void Know(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) _asked.Add(name);
    }

    public string? Text(string name) => Find(name)?.Text;

    /// <summary>A word that the reference compares letter by letter.</summary>
    public bool Is(string name, string word, bool byDefault = false)
    {
        if (Find(name) is not { } value) return byDefault;
        bool isWord = value.Text == word;
        string other = word is "true" or "yes" ? "false" : "yes";
        if (!isWord && value.Text is not ("true" or "false" or "yes" or "no" or "default" or "none"))
        {
            Notes.Add($"{value.Origin}: {name}={value.Text} is read as {(word == "no" ? "yes" : other)}; the only other value is \"{word}\".");
        }
        else if (!isWord && (value.Text, word) is ("yes", "true") or ("true", "yes") or ("false", "no"))
        {
            Notes.Add($"{value.Origin}: {name}={value.Text} has no effect; it has to be \"{word}\".");
        }

        return isWord;
    }

    public int Number(string name, int byDefault, int least, int most)
    {
        if (Find(name) is not { } value) return byDefault;
        if (int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most) return number;
        throw value.Refuse($"expected a number from {least} to {most}.");
    }

    public DateExpression Date(string name, string byDefault)
    {
        if (Find(name) is not { } value) return DateExpression.Parse(byDefault);
        return DateExpression.TryParse(value.Text) ?? throw value.Refuse("expected a date such as \"3 days ago\" or \"2026-01-31\".");
    }

    public string? Folder(string name)
    {
        if (Find(name) is not { } value) return null;
        return Path.IsPathFullyQualified(value.Text) ? Path.TrimEndingDirectorySeparator(value.Text) : throw value.Refuse("expected an absolute path.");
    }
}
