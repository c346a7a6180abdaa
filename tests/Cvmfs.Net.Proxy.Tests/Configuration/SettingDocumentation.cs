using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Configuration;

/// <summary>The table of all settings in docs/proxy.md. CVMFSNET_REWRITE_GOLDEN=1 writes all columns but the last anew.</summary>
internal static class SettingDocumentation
{
    private const string Heading = "| Setting | Takes | Default | Live | Meaning |\n|---|---|---|---|---|\n";

    private static readonly string File = Path.Combine(TestData.SolutionFolder, "docs", "proxy.md");

    public static bool IsRewriting => Environment.GetEnvironmentVariable("CVMFSNET_REWRITE_GOLDEN") == "1";

    /// <summary>What the document says of each setting.</summary>
    public static IReadOnlyDictionary<string, string> Meanings => Rows(Table()).ToDictionary(static row => row[0].Trim('`'), static row => row[^1]);

    /// <summary>The table as it is.</summary>
    public static string Table()
    {
        string text = System.IO.File.ReadAllText(File);
        int begin = text.IndexOf(Heading, StringComparison.Ordinal);
        Assert.True(begin >= 0, "docs/proxy.md has no table of all settings.");
        int end = text.IndexOf("\n\n", begin, StringComparison.Ordinal);
        return text[begin..(end < 0 ? text.Length : end + 1)];
    }

    /// <summary>The table as it should be, with the meanings that it has.</summary>
    public static string Expected()
    {
        var meanings = Meanings;
        return Heading + string.Concat(Setting.All.Select(setting
            => $"| `{setting.Name}` | {setting.Takes} | {setting.DefaultText} | {(setting.IsLive ? "yes" : "")} | {meanings.GetValueOrDefault(setting.Name, "?")} |\n"));
    }

    public static void Rewrite() => System.IO.File.WriteAllText(File, System.IO.File.ReadAllText(File).Replace(Table(), Expected(), StringComparison.Ordinal));

    private static IEnumerable<string[]> Rows(string table) => table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2).Select(static line => line.Trim('|').Split(" | ", StringSplitOptions.TrimEntries));
}
