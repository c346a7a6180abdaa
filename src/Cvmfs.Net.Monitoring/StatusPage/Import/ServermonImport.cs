using System.Globalization;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage.Import;

/// <summary>servermon's configuration file: lines of words.</summary>
internal static class ServermonImport
{
    private const string Stays = "only servermon's API has this: hand the file itself to --servermon-config";
    private const int UsualWarning = 8;
    private const int UsualCritical = 24;
    private const double UsualMultiplier = 1.1;
    private const int CriticalFactor = 3;

    public static (List<ImportedLine> Lines, List<string> Remarks) Read(IReadOnlyList<(int Number, string Text)> lines, PageDraft draft, string file)
    {
        // What one line means may depend on another one, so numbers come first.
        var words = lines.Select(line => (line.Number, line.Text, Words: line.Text.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).ToList();
        if (words.Count > 0 && !words.Exists(line => line.Words[0] is "serveralias" or "excluderepo" or "disabletest" or "updated-slowrepo" or "limit"))
        {
            throw new CvmfsFormatException(file, "is neither an INI file of a status page nor a configuration of servermon.");
        }

        double warning = Limit("updated-warning") ?? UsualWarning, critical = Limit("updated-critical") ?? UsualCritical, multiplier = Limit("updated-multiplier") ?? UsualMultiplier;
        var said = new List<ImportedLine>();
        foreach (var line in words)
        {
            var (verdict, explanation) = line.Words is [var word, var argument, ..] ? Judge(word, argument) : (ImportVerdict.NotPossible, "it has no argument");
            said.Add(new ImportedLine(line.Number, line.Text, verdict, explanation));
        }

        var remarks = new List<string>();
        if (draft.Servers.Count == 0)
        {
            draft.Servers.Add(("127.0.0.1", "Stratum1", "CVMFS"));
            remarks.Add("No server is named, so it is this machine, as servermon has it.");
        }

        if (warning != UsualWarning) draft.MaxSnapshotAge = TimeSpan.FromHours(warning);
        remarks.Add("monitor serve reads the file as it is with --servermon-config; this configuration is for the page, the metrics and the alerts.");
        return (said, remarks);

        double? Limit(string name) => words.Select(line => line.Words is ["limit", var set, ..] && set.StartsWith(name + "=", StringComparison.Ordinal) ? Number(set) : null).LastOrDefault(number => number is not null);

        (ImportVerdict, string) Judge(string word, string argument) => word switch
        {
            "serveralias" => Server(argument, draft),
            "excluderepo" => Excluded(argument, draft),
            "updated-slowrepo" => Slow(argument),
            "disabletest" => (ImportVerdict.NotPossible, Stays),
            "limit" => Limited(argument),
            _ => (ImportVerdict.NotNeeded, "servermon does not know the word and passes over it"),
        };

        (ImportVerdict, string) Slow(string name)
        {
            if (!RepositoryName.TryParse(name, out _)) return (ImportVerdict.NotPossible, "no name of a repository");
            draft.MaxSnapshotAgeOf[name] = TimeSpan.FromHours(warning * multiplier);
            return (ImportVerdict.TakenOver, $"repository_limits.{name}.max_snapshot_age");
        }

        (ImportVerdict, string) Limited(string set)
        {
            string name = set.Split('=')[0];
            if (Number(set) is null) return (ImportVerdict.NotPossible, "no name=number above 0");
            return name switch
            {
                "updated-warning" => (ImportVerdict.TakenOver, "max_snapshot_age"),
                "updated-multiplier" => (ImportVerdict.TakenOver, "repository_limits of slow repositories"),
                "updated-critical" when critical == warning * CriticalFactor => (ImportVerdict.TakenOver, "three times the warning, which is what it always is"),
                "updated-critical" => (ImportVerdict.NotPossible, string.Create(CultureInfo.InvariantCulture, $"a page has failed at three times the warning, so at {warning * CriticalFactor:0.#} hours; for servermon's API hand the file itself to --servermon-config")),
                "gc-warning" or "gc-critical" or "whitelist-warning" => (ImportVerdict.NotPossible, Stays),
                _ => (ImportVerdict.NotNeeded, "servermon has no such limit and passes over it"),
            };
        }
    }

    private static (ImportVerdict, string) Server(string argument, PageDraft draft)
    {
        if (argument.Split('=', 2) is not [{ Length: > 0 } alias, var address]) return (ImportVerdict.NotPossible, "no name=host[:port][/subdir]");
        if (address.Contains('/', StringComparison.Ordinal)) return (ImportVerdict.NotPossible, "a page knows no folder behind a repository's name; servermon's API does: hand the file itself to --servermon-config");
        if (ScrapeTarget.Explain(address) is { } odd) return (ImportVerdict.NotPossible, $"no server: {odd}");
        if (draft.Servers.Exists(server => server.Host == address)) return (ImportVerdict.NotNeeded, "the server is there already");
        draft.Servers.Add((address, "Stratum1", "CVMFS"));
        return (ImportVerdict.TakenOver, $"servers, Stratum1; pages call it {address}, and servermon's API {alias} where it has this file too");
    }

    private static (ImportVerdict, string) Excluded(string name, PageDraft draft)
    {
        if (!RepositoryName.TryParse(name, out _)) return (ImportVerdict.NotPossible, "no name of a repository");
        if (!draft.Ignored.Contains(name)) draft.Ignored.Add(name);
        return (ImportVerdict.TakenOver, "ignored_repositories");
    }

    private static double? Number(string set)
        => double.TryParse(set[(set.IndexOf('=', StringComparison.Ordinal) + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number is > 0 and < 100_000 ? number : null;
}
