using System.Globalization;

namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>servermon's configuration file: lines of words. Immutable.</summary>
internal sealed record ServermonConfiguration
{
    /// <summary>servermon's own.</summary>
    public static readonly string[] Tests = ["updated", "gc", "check", "whitelist", "geo"];

    /// <summary>Ours: of <c>all</c> only where that is wanted, so that collectors of the field see no states they do not know.</summary>
    public static readonly string[] StrictTests = ["signature", "rootcatalog", "sync", "tls", "storage"];

    /// <summary>Servers by alias.</summary>
    public IReadOnlyDictionary<string, ServermonTarget> Aliases { get; init; } = new Dictionary<string, ServermonTarget> { ["local"] = new(new Uri("http://127.0.0.1"), "") };

    public IReadOnlySet<string> ExcludedRepositories { get; init; } = new HashSet<string>();

    public IReadOnlySet<string> DisabledTests { get; init; } = new HashSet<string>();

    public IReadOnlySet<string> SlowRepositories { get; init; } = new HashSet<string>();

    /// <summary>Limits of single repositories, and keys; the file knows none.</summary>
    public ServermonFleet Fleet { get; init; } = ServermonFleet.None;

    public double SlowMultiplier { get; init; } = 1.1;

    public int UpdatedWarningHours { get; init; } = 8;

    public int UpdatedCriticalHours { get; init; } = 24;

    public int CollectionWarningDays { get; init; } = 10;

    public int CollectionCriticalDays { get; init; } = 20;

    public int WhitelistWarningHours { get; init; } = 48;

    /// <summary>Reads a file over a configuration. Words that nobody knows are passed over; a bad line ends the reading, and what stood before it counts.</summary>
    /// <param name="text">The file.</param>
    /// <param name="defaults">What holds without it: aliases that are known anyway.</param>
    /// <param name="fault">Which line is bad and why; null for none.</param>
    public static ServermonConfiguration Parse(string text, ServermonConfiguration defaults, out string? fault)
    {
        var aliases = new Dictionary<string, ServermonTarget>(defaults.Aliases, StringComparer.Ordinal);
        HashSet<string> excluded = [], disabled = [], slow = [];
        var read = defaults with { Aliases = aliases, ExcludedRepositories = excluded, DisabledTests = disabled, SlowRepositories = slow };
        fault = null;
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length && fault is null; i++)
        {
            string[] words = lines[i].Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            bool isKnown = words[0] is "serveralias" or "excluderepo" or "disabletest" or "updated-slowrepo" or "limit";
            if (!isKnown) continue;
            string? odd = words.Length < 2 ? $"{words[0]} has no argument" : words[0] switch
            {
                "serveralias" => AddAlias(aliases, words[1]),
                "limit" => SetLimit(ref read, words[1]),
                "excluderepo" => Add(excluded, words[1]),
                "disabletest" => Add(disabled, words[1]),
                _ => Add(slow, words[1]),
            };
            if (odd is not null) fault = $"line {i + 1}: {odd}";
        }

        return read;
    }

    private static string? Add(HashSet<string> words, string word)
    {
        words.Add(word);
        return null;
    }

    private static string? AddAlias(Dictionary<string, ServermonTarget> aliases, string word)
    {
        string[] parts = word.Split('=', 2);
        if (parts.Length != 2 || parts[0].Length == 0) return $"\"{word}\" is no name=host[:port][/subdir]";
        int slash = parts[1].IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? parts[1] : parts[1][..slash];
        if (ScrapeTarget.Explain(host) is { } odd) return $"\"{host}\" is no server: {odd}";
        aliases[parts[0]] = new ServermonTarget(ScrapeTarget.Parse(host).BaseUrl, slash < 0 ? "" : parts[1][slash..].TrimEnd('/'));
        return null;
    }

    private static string? SetLimit(ref ServermonConfiguration read, string word)
    {
        string[] parts = word.Split('=', 2);
        if (parts.Length != 2) return $"\"{word}\" is no name=number";
        if (parts[0] == "updated-multiplier")
        {
            if (!double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) || !(factor > 0)) return $"\"{parts[1]}\" is no factor";
            read = read with { SlowMultiplier = factor };
            return null;
        }

        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return $"\"{parts[1]}\" is no number";
        read = parts[0] switch
        {
            "updated-warning" => read with { UpdatedWarningHours = number },
            "updated-critical" => read with { UpdatedCriticalHours = number },
            "gc-warning" => read with { CollectionWarningDays = number },
            "gc-critical" => read with { CollectionCriticalDays = number },
            "whitelist-warning" => read with { WhitelistWarningHours = number },
            _ => read,
        };
        return null;
    }
}

/// <summary>Where an alias leads.</summary>
/// <param name="BaseUrl">The server, without <c>/cvmfs</c>.</param>
/// <param name="Subfolder">What comes behind a repository's name, with its slash; empty for nothing.</param>
internal sealed record ServermonTarget(Uri BaseUrl, string Subfolder)
{
    public Uri InfoUrl => new($"{BaseUrl.AbsoluteUri.TrimEnd('/')}/cvmfs/info/v1/repositories.json");

    public Uri UrlOf(string repository, string file) => new($"{BaseUrl.AbsoluteUri.TrimEnd('/')}/cvmfs/{repository}{Subfolder}/{file}");
}
