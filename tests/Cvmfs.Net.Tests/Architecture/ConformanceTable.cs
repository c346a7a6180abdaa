using System.Text.RegularExpressions;

namespace Cvmfs.Net.Tests.Architecture;

/// <summary>A row of <c>docs/conformance.md</c>.</summary>
internal sealed record ConformanceRow(string Spec, int Item, string Level, string Text, string[] Tests, string Note)
{
    /// <summary>The row as the document has it.</summary>
    public override string ToString() => $"| {Item} | {Level} | {Text} | {string.Join("<br>", Tests)} | {Note} |";
}

/// <summary>Reads <c>docs/conformance.md</c> and the marks in the test sources, and writes the one from the other.</summary>
/// <remarks>Sources are searched rather than assemblies: so all test projects are seen from one, and a mark in a test that does not compile is none.</remarks>
internal static partial class ConformanceTable
{
    public const string Path = "docs/conformance.md";

    /// <summary>Items of each checklist.</summary>
    public static IReadOnlyDictionary<string, int> Items { get; } =
        new Dictionary<string, int> { ["protocol"] = 140, ["stratum1"] = 105, ["proxy"] = 110, ["monitoring"] = 90 };

    public static IReadOnlyList<ConformanceRow> Read()
    {
        var rows = new List<ConformanceRow>();
        string spec = "";
        foreach (string line in SourceTree.Read(Path).Text.Split('\n'))
        {
            if (SpecLine().Match(line) is { Success: true } section) spec = section.Groups[1].Value;
            string[] cells = [.. line.Split('|').Select(cell => cell.Trim())];
            if (cells.Length != 7 || !int.TryParse(cells[1], out int item)) continue;
            rows.Add(new ConformanceRow(spec, item, cells[2], cells[3], cells[4].Split("<br>", StringSplitOptions.RemoveEmptyEntries), cells[5]));
        }

        return rows;
    }

    /// <summary>Marks in the tests: specification and item to <c>Class.Method</c>, sorted.</summary>
    public static ILookup<(string Spec, int Item), string> Marks()
        => SourceTree.CSharp("tests")
            .Where(file => !file.Path.Contains("/Architecture/Conformance", StringComparison.Ordinal))
            .SelectMany(MarksOf)
            .Distinct()
            .OrderBy(mark => mark.Test, StringComparer.Ordinal)
            .ToLookup(mark => (mark.Spec, mark.Item), mark => mark.Test);

    /// <summary>Puts the marks into the rows; a note that said "not yet" goes when a test has come.</summary>
    public static string Rewrite(ILookup<(string Spec, int Item), string> marks)
    {
        var rows = Read().ToDictionary(row => (row.Spec, row.Item));
        string spec = "";
        return string.Join('\n', SourceTree.Read(Path).Text.Split('\n').Select(line =>
        {
            if (SpecLine().Match(line) is { Success: true } section) spec = section.Groups[1].Value;
            string[] cells = line.Split('|');
            if (cells.Length != 7 || !int.TryParse(cells[1], out int item)) return line;
            var row = rows[(spec, item)];
            string[] tests = [.. marks[(spec, item)]];
            return (row with { Tests = tests, Note = tests.Length > 0 && row.Note.StartsWith("not yet:", StringComparison.Ordinal) ? "" : row.Note }).ToString();
        }));
    }

    private static IEnumerable<(string Spec, int Item, string Test)> MarksOf(SourceFile file)
    {
        string type = file.Name;
        var pending = new List<(string, int)>();
        foreach (string line in file.CodeLines)
        {
            if (TypeLine().Match(line) is { Success: true } declared) type = declared.Groups[1].Value;
            foreach (Match mark in Mark().Matches(line)) pending.Add((mark.Groups[1].Value, int.Parse(mark.Groups[2].Value, null)));
            if (pending.Count == 0 || MethodLine().Match(line) is not { Success: true } method) continue;
            foreach (var (spec, item) in pending) yield return (spec, item, $"{type}.{method.Groups[1].Value}");
            pending.Clear();
        }
    }

    [GeneratedRegex("^`(protocol|stratum1|proxy|monitoring)`\\.")]
    private static partial Regex SpecLine();

    [GeneratedRegex(@"\bConforms\(""([a-z0-9-]+)"", *(\d+)\)")]
    private static partial Regex Mark();

    [GeneratedRegex(@"^\s*(?:public|internal) (?:(?:static|sealed|abstract|partial) )*class (\w+)")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^\s*public (?:(?:static|async|virtual|override) )*[\w<>.\[\]]+ (\w+)\(")]
    private static partial Regex MethodLine();
}
