using System.Text.RegularExpressions;

namespace Cvmfs.Net.Tests.Architecture;

/// <summary>The repository's own text, for tests that hold the house rules. Paths are relative to the root, with forward slashes.</summary>
internal static partial class SourceTree
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Packages below <c>src/</c>.</summary>
    public static IReadOnlyList<string> Products { get; } =
        [.. Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>C# files below a folder of the root, build output left out.</summary>
    public static IEnumerable<SourceFile> CSharp(params string[] folders) => folders.SelectMany(folder => Files(folder, "*.cs")).Select(Read);

    /// <summary>Files below a folder of the root, build output left out.</summary>
    public static IEnumerable<string> Files(string folder, string pattern)
    {
        string start = Path.Combine(Root, folder);
        if (!Directory.Exists(start)) return [];
        return Directory.EnumerateFiles(start, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !BuildOutput().IsMatch(file))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>Reads a file of the repository.</summary>
    public static SourceFile Read(string path) => new(path, File.ReadAllText(Path.Combine(Root, path)));

    /// <summary>Fails with every violation on a line of its own; the assertions of the test library show only a few.</summary>
    public static void AssertNone(IEnumerable<string> violations)
    {
        string[] found = [.. violations];
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cvmfs.Net.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No Cvmfs.Net.sln above {AppContext.BaseDirectory}: tests run from the build output inside the repository.");
    }

    [GeneratedRegex("(^|/)(bin|obj|BenchmarkDotNet\\.Artifacts)/")]
    private static partial Regex BuildOutput();
}

/// <summary>A C# file: its text, and its code without comments.</summary>
internal sealed partial record SourceFile(string Path, string Text)
{
    /// <summary>Name without folder and ending.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Text with comments removed, line by line: line numbers stay.</summary>
    public string[] CodeLines { get; } =
        [.. BlockComment().Replace(Text, comment => new string('\n', comment.Value.Count(c => c == '\n'))).Split('\n').Select(line => LineComment().Replace(line, ""))];

    // A "//" inside a string is mostly that of a URL, which follows a colon.
    [GeneratedRegex("(?<!:)//.*$")]
    private static partial Regex LineComment();

    [GeneratedRegex("/\\*.*?\\*/", RegexOptions.Singleline)]
    private static partial Regex BlockComment();
}
