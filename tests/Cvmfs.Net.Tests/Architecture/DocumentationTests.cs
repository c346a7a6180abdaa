using System.Text.RegularExpressions;

namespace Cvmfs.Net.Tests.Architecture;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Code_in_the_readme_is_code_that_compiles()
    {
        string compiled = Squeeze(SourceTree.Read("tests/Cvmfs.Net.Tests/Architecture/ReadmeSamples.cs").Text);
        var samples = CSharpBlock().Matches(SourceTree.Read("README.md").Text);
        Assert.NotEmpty(samples);
        SourceTree.AssertNone(samples
            .Select(sample => sample.Groups[1].Value)
            .Where(sample => !compiled.Contains(Squeeze(sample), StringComparison.Ordinal))
            .Select(sample => $"README.md has code that is not in ReadmeSamples.cs:\n{sample}"));
    }

    [Fact]
    public void Tests_that_documents_name_exist()
    {
        string[] known = [.. SourceTree.CSharp("tests").SelectMany(file => TestMethod().Matches(file.Text).Select(method => $"{file.Name.Split('.')[0]}.{method.Groups[1].Value}"))];
        string document = SourceTree.Read("docs/architecture.md").Text;
        var named = NamedTest().Matches(document).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        SourceTree.AssertNone(named.Except(known).Select(test => $"docs/architecture.md names {test}, which is no test"));
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
        => SourceTree.AssertNone(SourceTree.Files("docs", "*.md").Append("README.md").SelectMany(path =>
            Link().Matches(SourceTree.Read(path).Text)
                .Select(link => link.Groups[1].Value.Split('#')[0])
                .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
                .Where(target => !Path.Exists(Path.Combine(SourceTree.Root, Path.GetDirectoryName(path)!, target)))
                .Select(target => $"{path} links to {target}, which is not there")));

    [Fact]
    public void Every_folder_of_the_core_is_on_the_map()
    {
        string map = SourceTree.Read("docs/architecture.md").Text;
        SourceTree.AssertNone(Directory.EnumerateDirectories(Path.Combine(SourceTree.Root, "src/Cvmfs.Net"))
            .Select(folder => Path.GetFileName(folder)!)
            .Where(folder => folder is not ("bin" or "obj") && !map.Contains($"`{folder}`", StringComparison.Ordinal))
            .Select(folder => $"docs/architecture.md does not mention src/Cvmfs.Net/{folder}"));
    }

    private static string Squeeze(string code) => Blanks().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"public (?:static )?(?:async )?[\w<>]+ (\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
