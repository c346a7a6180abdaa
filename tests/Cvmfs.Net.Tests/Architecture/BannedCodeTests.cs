using System.Text.RegularExpressions;

namespace Cvmfs.Net.Tests.Architecture;

/// <summary>Stands in for the analyzer that bans symbols: a search of the sources, with the reason in the message.</summary>
public sealed class BannedCodeTests
{
    private const string Cli = "src/Cvmfs.Net.Cli/";

    public static TheoryData<string, string, string> Bans => new()
    {
        // pattern, where it is allowed (path prefix, several joined by blanks), reason
        { @"\bDateTime(Offset)?\.(Utc)?(Now|Today)\b", "", "time comes from a TimeProvider" },
        { @"\bTask\.Delay\((?!.*([Cc]lock|_time\b|\btime\b|[tT]imeProvider))", "", "a delay waits on a TimeProvider" },
        { @"\bThread\.Sleep\b", "", "nothing blocks a thread to wait" },
        { @"\bFile\.Move\(", "src/Cvmfs.Net/Objects/", "files become visible in one place, by its rename" },
        { @"(Async\([^;]*\)|[tT]ask)\.Result\b", "", "blocking on a task starves the pool" },
        // A Stream's synchronous Read has nothing else to offer.
        { @"\.(Wait|GetAwaiter)\(\)", "src/Cvmfs.Net/Repositories/RepositoryFileStream.cs", "blocking on a task starves the pool" },
        // The two places with work for the processor: compressing what is published, opening catalogs ahead. Few, bounded, awaited.
        { @"\bTask\.Run\(", $"{Cli} src/Cvmfs.Net.Publishing/Ingestion/ContentIngester.cs src/Cvmfs.Net/Repositories/CatalogPool.cs", "libraries do not decide about threads" },
        { @"\basync void\b", "", "nobody could see it fail" },
        { @"(?<![\w.])Console\.", Cli, "libraries do not print" },
        { @"\bEnvironment\.(GetEnvironmentVariable|ExpandEnvironmentVariables|Exit)\b", Cli, "the environment belongs to programs" },
        { @"\bGC\.Collect\(", "", "the collector knows better" },
        { @"\b(Channel\.CreateUnbounded|new BlockingCollection<)", "", "queues are bounded" },
        { @"\bnew HttpClient\(\s*\)", "", "a handler with chosen limits is handed in or made" },
        { @"#pragma warning disable (?!.*//)", "", "a warning is switched off with its reason beside it" },
        { @"\bTODO\b|\bFIXME\b|\bHACK\b", "", "open work is an issue" },
    };

    [Theory]
    [MemberData(nameof(Bans))]
    public void Products_do_not_contain(string pattern, string allowedIn, string reason)
    {
        string[] allowed = allowedIn.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var rule = new Regex(pattern, RegexOptions.CultureInvariant);
        bool comments = pattern.Contains("pragma", StringComparison.Ordinal) || pattern.Contains("TODO", StringComparison.Ordinal);
        var found = SourceTree.CSharp("src")
            .Where(file => !allowed.Any(prefix => file.Path.StartsWith(prefix, StringComparison.Ordinal)))
            .SelectMany(file => (comments ? file.Text.Split('\n') : file.CodeLines)
                .Select((line, index) => (line, index))
                .Where(at => rule.IsMatch(at.line))
                .Select(at => $"{file.Path}:{at.index + 1}: {at.line.Trim()}"))
            .ToList();
        Assert.True(found.Count == 0, $"{reason}:\n{string.Join('\n', found)}");
    }

    [Fact]
    public void Tests_wait_for_events_and_not_for_time()
    {
        var rule = new Regex(@"\bThread\.Sleep\b|\bTask\.Delay\((?!.*(Infinite|[Cc]lock|[tT]imeProvider|_time\b))", RegexOptions.CultureInvariant);
        SourceTree.AssertNone(SourceTree.CSharp("tests")
            .Where(file => !file.Path.EndsWith("Architecture/BannedCodeTests.cs", StringComparison.Ordinal))
            .SelectMany(file => file.CodeLines.Select((line, index) => (line, index)).Where(at => rule.IsMatch(at.line)).Select(at => $"{file.Path}:{at.index + 1}: {at.line.Trim()}")));
    }

    [Fact]
    public void Nothing_depends_on_the_machine_it_was_written_on()
    {
        var absolute = new Regex(@"""/(work|home|root|tmp|Users)/");
        SourceTree.AssertNone(SourceTree.CSharp("src", "samples", "benchmarks")
            .SelectMany(file => file.CodeLines.Where(line => absolute.IsMatch(line)).Select(line => $"{file.Path}: {line.Trim()}")));
    }
}
