using System.Globalization;
using System.Net;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Monitoring.Servermon;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Servermon;

/// <summary>A Stratum 1 as servermon sees it, and the API before it.</summary>
internal sealed class ServermonFixture : IDisposable
{
    public const string Geo = "api/v1.0/geo/cvmfs-stratum-one.cern.ch/cvmfs-s1fnal.opensciencegrid.org,cvmfs-stratum-one.cern.ch,cvmfs-stratum-one.ihep.ac.cn";

    private readonly TempFolder _folder = new();

    public ServermonFixture(string? configuration = null, IReadOnlyDictionary<string, Uri>? aliases = null, TimeSpan? budget = null, IReadOnlyDictionary<string, TimeSpan>? snapshotAges = null)
    {
        File = _folder.Combine("api.conf");
        if (configuration is not null) System.IO.File.WriteAllText(File, configuration);
        Fleet = new ServermonFleet { SnapshotAges = snapshotAges ?? new Dictionary<string, TimeSpan>(), Aliases = aliases ?? new Dictionary<string, Uri>() };
        Api = new ServermonApi(new ServermonOptions
        {
            ConfigurationFile = File,
            Fleet = () => Fleet,
            Budget = budget ?? TimeSpan.FromSeconds(25),
            Scraping = new ScraperOptions { Handler = Network, TimeProvider = Clock, RetryDelay = TimeSpan.Zero },
            Warn = Warnings.Add,
        });
    }

    /// <summary>What the fleet gives; may be exchanged between requests.</summary>
    public ServermonFleet Fleet { get; set; }

    public string File { get; }

    public FakeClock Clock { get; } = new();

    public DocumentHandler Network { get; } = new();

    public List<string> Warnings { get; } = [];

    public ServermonApi Api { get; }

    public string Base { get; init; } = "http://127.0.0.1/cvmfs";

    public static string Date(DateTimeOffset time) => CvmfsDate.Format(time);

    public ServermonFixture List(string replicas = "", string repositories = "", string more = "")
    {
        Network.Put($"{Base}/info/v1/repositories.json", $$"""{"schema":1{{more}},"repositories":[{{Items(repositories)}}],"replicas":[{{Items(replicas)}}]}""");
        return this;
    }

    public ServermonFixture Put(string repository, string file, string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        Network.Put($"{Base}/{repository}/{file}", body, status);
        return this;
    }

    /// <summary>A status file, each date as an age.</summary>
    public ServermonFixture Status(string repository, TimeSpan? snapshot = null, TimeSpan? collection = null, string? check = null)
    {
        var parts = new List<string>();
        if (snapshot is { } age) parts.Add($"\"last_snapshot\":\"{Date(Clock.GetUtcNow() - age)}\"");
        if (collection is { } old) parts.Add($"\"last_gc\":\"{Date(Clock.GetUtcNow() - old)}\"");
        if (check is not null) parts.Add($"\"last_check\":\"{Date(Clock.GetUtcNow())}\",\"check_status\":\"{check}\"");
        return Put(repository, ".cvmfs_status.json", $"{{{string.Join(',', parts)}}}");
    }

    /// <summary>A whitelist that has this long to live.</summary>
    public ServermonFixture Whitelist(string repository, TimeSpan left)
    {
        string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        return Put(repository, ".cvmfswhitelist", $"{Stamp(Clock.GetUtcNow().AddDays(-3))}\nE{Stamp(Clock.GetUtcNow() + left)}\nN{repository}\n{string.Join(':', Enumerable.Repeat("AA", 20))}\n--\n{new string('a', 40)}\nsignature");
    }

    public async Task<string> AskAsync(string request, string? query = null)
    {
        var answer = await Api.AnswerAsync("/cvmfsmon/api/v1.0/" + request, query, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(200, answer.Status);
        return answer.Body;
    }

    public void Dispose()
    {
        Api.Dispose();
        Network.Dispose();
        _folder.Dispose();
    }

    private static string Items(string names)
        => string.Join(',', names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => name.EndsWith('!')
            ? $$"""{"name":"{{name[..^1]}}","url":"/cvmfs/{{name[..^1]}}","pass-through":true}"""
            : $$"""{"name":"{{name}}","url":"/cvmfs/{{name}}"}"""));
}
