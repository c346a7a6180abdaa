namespace Cvmfs.Net.Tests.Architecture;

/// <summary>Keeps <c>docs/conformance.md</c> and the marks on the tests in step.</summary>
public sealed class ConformanceTests
{
    private const string RewriteVariable = "CVMFSNET_REWRITE_CONFORMANCE";

    private static readonly string Advice = $"Run the tests once with {RewriteVariable}=1 and commit {ConformanceTable.Path}.";

    [Fact]
    public void The_table_has_every_item_of_every_checklist_once()
    {
        var expected = ConformanceTable.Items.SelectMany(spec => Enumerable.Range(1, spec.Value).Select(item => (spec.Key, item)));
        Assert.Equal(expected, ConformanceTable.Read().Select(row => (row.Spec, row.Item)));
    }

    [Fact]
    public void Every_mark_names_an_item_that_exists()
        => SourceTree.AssertNone(ConformanceTable.Marks()
            .Where(mark => !ConformanceTable.Items.TryGetValue(mark.Key.Spec, out int items) || mark.Key.Item < 1 || mark.Key.Item > items)
            .Select(mark => $"{mark.First()} is marked with {mark.Key.Spec} {mark.Key.Item}, which is no item"));

    [Fact]
    public void The_table_names_exactly_the_tests_that_are_marked()
    {
        var marks = ConformanceTable.Marks();
        if (Environment.GetEnvironmentVariable(RewriteVariable) == "1")
        {
            File.WriteAllText(Path.Combine(SourceTree.Root, ConformanceTable.Path), ConformanceTable.Rewrite(marks));
            return;
        }

        SourceTree.AssertNone(ConformanceTable.Read()
            .Where(row => !row.Tests.SequenceEqual(marks[(row.Spec, row.Item)]))
            .Select(row => $"{row.Spec} {row.Item}: the table names [{string.Join(", ", row.Tests)}], marked are [{string.Join(", ", marks[(row.Spec, row.Item)])}]. {Advice}"));
    }

    [Fact]
    public void Every_row_without_a_test_says_why()
        => SourceTree.AssertNone(ConformanceTable.Read()
            .Where(row => row.Tests.Length == 0 && !(Reason(row.Note, "not yet: ") || Reason(row.Note, "does not apply: ")))
            .Select(row => $"{row.Spec} {row.Item} ({row.Text}) has neither a test nor a note that begins with \"not yet: \" or \"does not apply: \""));

    [Fact]
    public void Words_of_every_row_are_few()
        => SourceTree.AssertNone(ConformanceTable.Read()
            .Where(row => row.Text.Length is 0 or > 120)
            .Select(row => $"{row.Spec} {row.Item}: {row.Text.Length} characters"));

    private static bool Reason(string note, string start) => note.StartsWith(start, StringComparison.Ordinal) && note.Length > start.Length;
}
