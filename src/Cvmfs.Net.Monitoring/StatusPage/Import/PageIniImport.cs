using System.Globalization;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage.Import;

/// <summary>The INI file of the status page in Python: settings in <c>[config]</c>, and lists of names, one a line.</summary>
internal static class PageIniImport
{
    private const int UsualReplicas = 2;

    public static (List<ImportedLine> Lines, List<string> Remarks) Read(IReadOnlyList<(int Number, string Text)> lines, PageDraft draft, string file)
    {
        var said = new List<ImportedLine>();
        string section = "";
        draft.MinReplicas = UsualReplicas;
        foreach (var (number, text) in lines)
        {
            if (text is ['[', .., ']'])
            {
                section = text[1..^1];
                bool isKnown = section is "config" or "stratum0" or "stratum1" or "repositories" or "ignored_repositories";
                if (!isKnown) said.Add(new ImportedLine(number, text, ImportVerdict.NotPossible, "the page knows no such section; what is below it is left out"));
                continue;
            }

            var (verdict, explanation) = section switch
            {
                "config" => Setting(text, draft),
                "stratum0" => Server(text, "Stratum0", draft),
                "stratum1" => Server(text, "Stratum1", draft),
                "repositories" => Repository(text, draft.Repositories, "repositories"),
                "ignored_repositories" => Repository(text, draft.Ignored, "ignored_repositories"),
                _ => (ImportVerdict.NotPossible, "not of a section that the page knows"),
            };
            said.Add(new ImportedLine(number, text, verdict, explanation));
        }

        foreach (string role in (string[])["Stratum0", "Stratum1"])
        {
            if (!draft.Servers.Exists(server => server.Role == role)) throw new CvmfsFormatException(file, $"has no server in [{role.ToLowerInvariant()}], which the page needs.");
        }

        return (said,
        [
            "The older page called snapshots degraded after 3 hours; here they warn after 8, unless max_snapshot_age says otherwise.",
            "The older page never saw that a Stratum 0 is away, and this one does.",
        ]);
    }

    private static (ImportVerdict, string) Setting(string line, PageDraft draft)
    {
        int end = line.IndexOfAny(['=', ':']);
        string key = (end < 0 ? line : line[..end]).Trim().ToLowerInvariant(), value = end < 0 ? "" : line[(end + 1)..].Trim();
        switch (key)
        {
            case "title" or "logging_level" or "contact_email" or "repo_url" or "repo_url_text":
                if (value.Length == 0) return (ImportVerdict.NotNeeded, "it says nothing");
                draft.Meta[key] = value;
                return (ImportVerdict.TakenOver, $"meta.{key}");
            case "min_ok_stratum1":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int wanted)) return (ImportVerdict.NotPossible, $"\"{value}\" is no number; {UsualReplicas} are wanted, as without it");
                draft.MinReplicas = wanted;
                return (ImportVerdict.TakenOver, $"rules, {StatusRuleSet.Stratum1Servers}: a warning below {wanted}");
            default:
                return (ImportVerdict.NotNeeded, "the page has no such setting and never read it");
        }
    }

    private static (ImportVerdict, string) Server(string text, string role, PageDraft draft)
    {
        string host = text.Replace(" ", "", StringComparison.Ordinal).TrimEnd('=', ':');
        if (ScrapeTarget.Explain(host) is { } odd) return (ImportVerdict.NotPossible, $"no server: {odd}");
        if (draft.Servers.Exists(server => server.Host == host)) return (ImportVerdict.NotNeeded, "the server is there already");
        draft.Servers.Add((host, role, "AutoDetect"));
        return (ImportVerdict.TakenOver, $"servers, {role}");
    }

    private static (ImportVerdict, string) Repository(string text, List<string> names, string key)
    {
        string name = text.TrimEnd('=', ':', ' ');
        if (!RepositoryName.TryParse(name, out _)) return (ImportVerdict.NotPossible, "no name of a repository");
        names.Add(name);
        return (ImportVerdict.TakenOver, key);
    }
}
