using System.Text.RegularExpressions;

namespace Cvmfs.Net.Tests.Architecture;

public sealed partial class FolderTests
{
    /// <summary>Folders of the core, lowest first. A folder may use the ones before it, and <see cref="UsableByAll"/>.</summary>
    private static readonly string[] Order =
    [
        "Hashing", "Compression", "Objects", "Manifests", "Documents", "Trust", "Databases", "Catalogs", "History", "Reflogs", "Transport", "Repositories",
    ];

    private const string UsableByAll = "Diagnostics";

    /// <summary>A value type without behaviour of catalogs: those below may name paths with it.</summary>
    private const string PathType = "RepositoryPath";

    private const string Core = "src/Cvmfs.Net/";

    [Fact]
    public void Every_folder_of_the_core_has_a_place_in_the_order()
    {
        var folders = SourceTree.CSharp("src/Cvmfs.Net").Select(FolderOf).Where(folder => folder.Length > 0).Distinct();
        SourceTree.AssertNone(folders.Except([.. Order, UsableByAll]));
    }

    [Fact]
    public void Folders_of_the_core_use_only_the_ones_below_them()
    {
        string[] catalogTypes = [.. SourceTree.CSharp("src/Cvmfs.Net/Catalogs").Select(file => file.Name).Where(name => name != PathType)];
        var wrong = new List<string>();
        foreach (var file in SourceTree.CSharp("src/Cvmfs.Net"))
        {
            string own = FolderOf(file);
            int level = own == UsableByAll ? -1 : Array.IndexOf(Order, own);
            foreach (string used in UsedFolders(file).Where(folder => folder != own && folder != UsableByAll))
            {
                // The root folder holds exceptions only; it stands below everything.
                if (own.Length > 0 && Array.IndexOf(Order, used) < level) continue;
                bool pathsOnly = used == "Catalogs" && !catalogTypes.Any(type => file.CodeLines.Any(line => Regex.IsMatch(line, $@"\b{type}\b")));
                if (!pathsOnly) wrong.Add($"{file.Path} uses {used}");
            }
        }

        SourceTree.AssertNone(wrong);
    }

    [Fact]
    public void Namespaces_are_folders()
    {
        var wrong = SourceTree.CSharp("src")
            .Select(file => (file.Path, Found: Namespace().Match(file.Text).Groups[1].Value, Expected: Path.GetDirectoryName(file.Path)!.Replace('\\', '/')["src/".Length..].Replace('/', '.')))
            .Where(file => file.Found.Length > 0 && file.Found != file.Expected)
            .Select(file => $"{file.Path}: namespace {file.Found}, expected {file.Expected}");
        SourceTree.AssertNone(wrong);
    }

    [Fact]
    public void A_file_is_named_after_its_first_public_type_and_further_ones_belong_to_it()
    {
        var wrong = new List<string>();
        foreach (var file in SourceTree.CSharp("src").Where(file => !file.Path.StartsWith("src/Cvmfs.Net.Cli/", StringComparison.Ordinal)))
        {
            string main = file.Name.Split('.')[0];
            var types = file.CodeLines.Select(line => PublicType().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct().ToList();
            // An enum that only its main type speaks of may stand below it.
            wrong.AddRange(types.Where(type => type != main && !type.StartsWith(main, StringComparison.Ordinal))
                .Where(type => !file.Text.Contains($"public enum {type}", StringComparison.Ordinal))
                .Select(type => $"{file.Path}: {type} needs a file of its own, or a name that begins with {main}"));
        }

        SourceTree.AssertNone(wrong);
    }

    [Fact]
    public void Files_stay_short_enough_to_be_read()
    {
        const int maxLines = 600;
        SourceTree.AssertNone(SourceTree.CSharp("src", "tests", "samples", "benchmarks")
            .Select(file => (file.Path, Lines: file.Text.Count(c => c == '\n')))
            .Where(file => file.Lines >= maxLines)
            .Select(file => $"{file.Path}: {file.Lines} lines, fewer than {maxLines} expected"));
    }

    [Fact]
    public void Names_say_what_a_thing_is()
        => SourceTree.AssertNone(SourceTree.CSharp("src", "tests").Where(file => EmptyWord().IsMatch(file.Path)).Select(file => file.Path));

    private static string FolderOf(SourceFile file)
    {
        string rest = file.Path[Core.Length..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : rest[..slash];
    }

    /// <summary>Folders that a file names: in a using, in full, or from inside the core by the last part.</summary>
    private static IEnumerable<string> UsedFolders(SourceFile file)
        => Order.Where(folder => file.CodeLines.Any(line =>
            Regex.IsMatch(line, $@"\bCvmfs\.Net\.{folder}\b") && !line.StartsWith("namespace ", StringComparison.Ordinal)
            || Regex.IsMatch(line, $@"(?<![\w.""])({folder})\.(?!\w*"")[A-Z]\w+[.(]") && !Regex.IsMatch(line, $@"\b\w+ {folder}\b")));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|readonly|partial|ref|unsafe) )*(?:record struct|record class|record|class|struct|interface|enum|delegate \S+) (\w+)")]
    private static partial Regex PublicType();

    [GeneratedRegex(@"(Helpers?|Utils?|Utilities|Manager|Common)(\.cs|/)")]
    private static partial Regex EmptyWord();
}
