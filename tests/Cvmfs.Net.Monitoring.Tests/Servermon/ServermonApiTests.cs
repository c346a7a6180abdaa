using System.Net;
using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Servermon;

public sealed class ServermonApiTests
{
    private const string Repo = "soft.example.org";

    [Fact]
    [Conforms("monitoring", 62)]
    public async Task Answers_in_every_format_as_servermon_does_with_parameters_in_the_path_or_behind_it()
    {
        using var server = Fleet();
        string[] requests = ["all&format=status", "ok", "all", "all&format=list", "all&format=details", "updated", "gc&format=details", "ok&format=status", "geo&server=local&format=details"];
        var text = new System.Text.StringBuilder();
        foreach (string request in requests) text.Append("> ").Append(request).Append('\n').Append(await server.AskAsync(request));
        Golden.Same("servermon.txt", text.ToString(), "Servermon/Golden");
        Assert.Equal(await server.AskAsync("all&format=status"), await server.AskAsync("all", "?format=status"));
        Assert.Equal("WARNING:soft.example.org\n", await server.AskAsync("gc&format=status&format=nonsense", "?x=y"));
    }

    [Theory]
    [InlineData("updated", "07:59:59", "OK", "")]
    [InlineData("updated", "08:00:00", "WARNING", "last successful snapshot 8 hours ago")]
    [InlineData("updated", "23:59:59", "WARNING", "last successful snapshot 23 hours ago")]
    [InlineData("updated", "1.00:00:00", "CRITICAL", "last successful snapshot 24 hours ago")]
    [InlineData("gc", "9.23:59:59", "OK", "")]
    [InlineData("gc", "10.00:00:00", "WARNING", "last successful gc 10 days ago")]
    [InlineData("gc", "20.00:00:00", "CRITICAL", "last successful gc 20 days ago")]
    [InlineData("whitelist", "2.00:00:00", "OK", "")]
    [InlineData("whitelist", "1.23:59:59", "WARNING", "whitelist expiration time is less than 48 hours")]
    [InlineData("whitelist", "00:00:00", "CRITICAL", "whitelist is expired")]
    [InlineData("initial", "2.23:59:59", "OK", "")]
    [InlineData("initial", "3.00:00:00", "WARNING", "initial snapshot started 72 hours ago")]
    [InlineData("initial", "9.00:00:00", "CRITICAL", "initial snapshot started 216 hours ago")]
    [InlineData("own", "01:59:59", "OK", "")]
    [InlineData("own", "02:00:00", "WARNING", "last successful snapshot 2 hours ago")]
    [InlineData("own", "06:00:00", "CRITICAL", "last successful snapshot 6 hours ago")]
    [InlineData("slow", "08:59:59", "OK", "")]
    [InlineData("slow", "09:00:00", "WARNING", "last successful snapshot 9 hours ago")]
    [InlineData("slow", "1.03:00:00", "CRITICAL", "last successful snapshot 27 hours ago")]
    [Conforms("monitoring", 63)]
    public async Task Limits_are_those_of_servermon_and_the_limit_itself_is_the_worse_class(string what, string age, string status, string message)
    {
        using var server = new ServermonFixture(what == "slow" ? $"updated-slowrepo {Repo}\n" : null, snapshotAges: what == "own" ? new Dictionary<string, TimeSpan> { [Repo] = TimeSpan.FromHours(2) } : null).List(Repo);
        var span = TimeSpan.Parse(age, System.Globalization.CultureInfo.InvariantCulture);
        _ = what switch
        {
            "gc" => server.Status(Repo, collection: span),
            "whitelist" => server.Whitelist(Repo, span),
            "initial" => server.Put(Repo, ".cvmfs_is_snapshotting", ServermonFixture.Date(server.Clock.GetUtcNow() - span) + "\n"),
            _ => server.Status(Repo, snapshot: span),
        };
        string test = what is "initial" or "slow" or "own" ? "updated" : what;
        Assert.Equal((status, message), Single(await server.AskAsync(test + "&format=details"), test));
    }

    [Fact]
    [Conforms("monitoring", 64)]
    public async Task A_first_copy_is_recognised_and_nothing_at_all_is_a_warning()
    {
        using var server = new ServermonFixture().List("copied.example.org first.example.org nothing.example.org odd.example.org bare.example.org");
        var now = server.Clock.GetUtcNow();
        server.Put("copied.example.org", ".cvmfs_last_snapshot", ServermonFixture.Date(now.AddHours(-1)) + "\n")
            .Put("first.example.org", ".cvmfs_is_snapshotting", ServermonFixture.Date(now.AddHours(-80)) + "\n")
            .Put("odd.example.org", ".cvmfs_status.json", "{\"last_snapshot\":\"\"}")
            .Put("bare.example.org", ".cvmfs_status.json", "{}");
        Assert.Equal(
            "{\"CRITICAL\":{\"updated\":[{\"msg\":\"the date is empty\",\"repo\":\"odd.example.org\"}]},"
            + "\"WARNING\":{\"updated\":[{\"msg\":\"initial snapshot not in progress\",\"repo\":\"bare.example.org\"},{\"msg\":\"initial snapshot started 80 hours ago\",\"repo\":\"first.example.org\"},"
            + "{\"msg\":\"initial snapshot not in progress\",\"repo\":\"nothing.example.org\"}]},\"OK\":{\"updated\":[{\"msg\":\"\",\"repo\":\"copied.example.org\"}]}}\n",
            await server.AskAsync("updated&format=details"));
    }

    [Fact]
    [Conforms("monitoring", 65)]
    public async Task Pass_through_replicas_excluded_repositories_and_disabled_tests_are_left_out()
    {
        using var server = new ServermonFixture("excluderepo hidden.example.org\ndisabletest gc\nnonsense words\n").List($"{Repo} hidden.example.org through.example.org!");
        server.Status(Repo, snapshot: TimeSpan.FromHours(1), collection: TimeSpan.FromDays(30)).Status("hidden.example.org", snapshot: TimeSpan.FromDays(9));
        Assert.Equal("OK:soft.example.org\n", await server.AskAsync("updated"));
        server.Put(Repo, ServermonFixture.Geo, "2,1,3\n");
        Assert.Equal("OK\n", await server.AskAsync("all&format=status"));
        Assert.Equal("CRITICAL\n", await server.AskAsync("gc&format=status"));
    }

    [Fact]
    [Conforms("monitoring", 66)]
    public async Task Details_are_json_whatever_a_message_has_in_it()
    {
        using var server = new ServermonFixture().List(Repo);
        server.Put(Repo, ".cvmfs_status.json", "{\"last_snapshot\":\"it's \\\"late\\\" \\\\ here\"}");
        using var json = JsonDocument.Parse(await server.AskAsync("updated&format=details"));
        Assert.Contains("it's \"late\"", json.RootElement.GetProperty("CRITICAL").GetProperty("updated")[0].GetProperty("msg").GetString(), StringComparison.Ordinal);
        var labelled = await server.Api.AnswerAsync("/cvmfsmon/api/v1.0/updated&format=details", null, acceptsJson: true, TestContext.Current.CancellationToken);
        Assert.Equal("application/json", labelled.ContentType);
    }

    [Theory]
    [InlineData("/cvmfsmon/api/v1.0/all&server=elsewhere")]
    [InlineData("/cvmfsmon/api/v1.0/everything")]
    [InlineData("/cvmfsmon/api/v1.0/updated,gc")]
    [InlineData("/cvmfsmon/api/1.0/all")]
    [InlineData("/cvmfsmon/api/v1.0")]
    [InlineData("/cvmfsmon/api/v1.0/a/b")]
    [InlineData("/cvmfsmon/api/v1.0/all&server")]
    [Conforms("monitoring", 67)]
    public async Task A_request_that_makes_no_sense_is_400_and_asks_nobody(string path)
    {
        using var server = Fleet();
        var answer = await server.Api.AnswerAsync(path, null, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((400, null), (answer.Status, answer.ContentType));
        Assert.Empty(server.Network.Asked);
    }

    [Fact]
    [Conforms("monitoring", 67)]
    public async Task A_server_without_its_list_is_502_with_its_address_and_why()
    {
        using var server = new ServermonFixture("serveralias far=s1.example.org:8000\n");
        server.Network.Before = (_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        var answer = await server.Api.AnswerAsync("/cvmfsmon/api/v1.0/all&server=far", null, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((502, null, "http://s1.example.org:8000/cvmfs/info/v1/repositories.json error: refused\n"), (answer.Status, answer.ContentType, answer.Body));
    }

    [Fact]
    public async Task What_does_not_come_within_the_budget_is_critical_and_the_rest_is_told()
    {
        using var server = new ServermonFixture(budget: TimeSpan.FromSeconds(5)).List("fast.example.org slow.example.org");
        server.Status("fast.example.org", snapshot: TimeSpan.FromHours(1));
        var asked = new TaskCompletionSource();
        server.Network.Before = async (request, cancellationToken) =>
        {
            if (!request.RequestUri!.AbsolutePath.Contains("slow", StringComparison.Ordinal)) return;
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        var answer = server.AskAsync("updated&format=details");
        await asked.Task;
        server.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(
            "{\"CRITICAL\":{\"updated\":[{\"msg\":\"error: timeout\",\"repo\":\"slow.example.org\"}]},\"OK\":{\"updated\":[{\"msg\":\"\",\"repo\":\"fast.example.org\"}]}}\n", await answer);
    }

    [Theory]
    [InlineData("2,1,3\n", 30, "OK", "")]
    [InlineData("2,1,3\n", 31, "WARNING", "last geodb update 31 days ago")]
    [InlineData("1,2,3\n", 1, "WARNING", "")]
    [InlineData("2,1\n", 1, "CRITICAL", "error: \"2,1\" is no order of 3 servers")]
    public async Task The_geo_api_is_judged_by_its_order_and_the_age_of_its_database(string reply, int days, string status, string message)
    {
        using var server = new ServermonFixture();
        server.List(Repo, more: $",\"last_geodb_update\":\"{ServermonFixture.Date(server.Clock.GetUtcNow().AddDays(-days))}\"").Put(Repo, ServermonFixture.Geo, reply);
        Assert.Equal((status, message), Single(await server.AskAsync("geo&format=details"), "geo"));
    }

    [Fact]
    [Conforms("monitoring", 68)]
    public async Task Without_a_file_this_machine_is_known_and_all_limits_hold()
    {
        using var server = new ServermonFixture(aliases: new Dictionary<string, Uri> { ["s1-eu"] = new("http://eu.example.org:8000") }).List(Repo);
        Assert.False(File.Exists(server.File));
        server.Status(Repo, snapshot: TimeSpan.FromHours(8));
        Assert.Equal("WARNING:soft.example.org\n", await server.AskAsync("updated"));
        server.Network.Put("http://eu.example.org:8000/cvmfs/info/v1/repositories.json", "{\"repositories\":[],\"replicas\":[]}");
        Assert.Equal("OK\n", await server.AskAsync("all&server=s1-eu&format=status"));
        Assert.Empty(server.Warnings);
    }

    [Fact]
    [Conforms("monitoring", 69)]
    public async Task A_change_of_the_file_is_seen_within_a_minute_and_not_looked_for_more_often()
    {
        using var server = new ServermonFixture("limit updated-warning=2\n").List(Repo);
        server.Status(Repo, snapshot: TimeSpan.FromHours(3));
        Assert.Equal("WARNING:soft.example.org\n", await server.AskAsync("updated"));

        Write("limit updated-warning=4\nlimit updated-critical=many\nexcluderepo soft.example.org\n", 1);
        server.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("WARNING:soft.example.org\n", await server.AskAsync("updated"));
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("OK:soft.example.org\n", await server.AskAsync("updated"));
        Assert.EndsWith("api.conf: line 2: \"many\" is no number; what stands before it counts", Assert.Single(server.Warnings), StringComparison.Ordinal);

        void Write(string text, int hours)
        {
            File.WriteAllText(server.File, text);
            File.SetLastWriteTimeUtc(server.File, DateTime.UtcNow.AddHours(hours)); // a file system's stamps may be coarse
        }
    }

    [Fact]
    public async Task A_fleet_that_was_read_anew_counts_at_once_and_the_file_over_it_too()
    {
        using var server = new ServermonFixture("serveralias far=s9.example.org\n", snapshotAges: new Dictionary<string, TimeSpan> { [Repo] = TimeSpan.FromHours(2) }).List(Repo);
        server.Status(Repo, snapshot: TimeSpan.FromHours(3));
        foreach (string name in (string[])["s1", "s9"]) server.Network.Put($"http://{name}.example.org/cvmfs/info/v1/repositories.json", "{\"repositories\":[],\"replicas\":[]}");
        Assert.Equal("WARNING:soft.example.org\n", await server.AskAsync("updated"));
        Assert.Equal(400, (await AskAsync("s1")).Status);

        server.Fleet = new() { Aliases = new Dictionary<string, Uri> { ["s1"] = new("http://s1.example.org") } };
        Assert.Equal("OK:soft.example.org\n", await server.AskAsync("updated"));
        Assert.Equal(200, (await AskAsync("s1")).Status);
        Assert.Equal(200, (await AskAsync("far")).Status);

        Task<Cvmfs.Net.Monitoring.Servermon.ServermonResponse> AskAsync(string alias) => server.Api.AnswerAsync("/cvmfsmon/api/v1.0/all&server=" + alias, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("failed", "WARNING", "cvmfs_server check failure")]
    [InlineData("succeeded", "OK", "")]
    [InlineData("running", "OK", "")]
    public async Task A_check_is_judged_by_the_word_failed_alone(string ended, string status, string message)
    {
        using var server = new ServermonFixture().List(Repo);
        server.Status(Repo, check: ended);
        Assert.Equal((status, message), Single(await server.AskAsync("check&format=details"), "check"));
    }

    [Theory]
    [InlineData("/cvmfsmon/api/v/ok", null)]
    [InlineData("/cvmfsmon/api/v2/ok", "?_")]
    [InlineData("/cvmfsmon/api/version/ok&x=y", "?&&a")]
    public async Task Any_version_will_do_and_a_query_that_says_nothing_is_passed_over(string path, string? query)
    {
        using var server = new ServermonFixture().List(Repo);
        Assert.Equal((200, "OK:soft.example.org\n"), await AnswerAsync());

        async Task<(int, string)> AnswerAsync()
        {
            var answer = await server.Api.AnswerAsync(path, query, cancellationToken: TestContext.Current.CancellationToken);
            return (answer.Status, answer.Body);
        }
    }

    [Fact]
    public async Task A_folder_of_an_alias_stands_behind_the_repositorys_name()
    {
        using var server = new ServermonFixture("serveralias far=s1.example.org/old\n") { Base = "http://s1.example.org/cvmfs" };
        server.List(Repo).Status(Repo + "/old", snapshot: TimeSpan.FromHours(1));
        Assert.Equal("OK:soft.example.org\n", await server.AskAsync("updated&server=far"));
    }

    /// <summary>A host with something of everything.</summary>
    private static ServermonFixture Fleet()
    {
        var server = new ServermonFixture();
        server.List("soft.example.org conditions.example.org nightlies.example.org", "config.example.org", $",\"last_geodb_update\":\"{ServermonFixture.Date(server.Clock.GetUtcNow().AddDays(-3))}\"");
        return server.Status("soft.example.org", TimeSpan.FromHours(2), TimeSpan.FromDays(12), "succeeded").Whitelist("soft.example.org", TimeSpan.FromDays(20))
            .Status("conditions.example.org", TimeSpan.FromHours(31)).Put("conditions.example.org", ServermonFixture.Geo, "error", HttpStatusCode.BadRequest)
            .Status("nightlies.example.org", TimeSpan.FromHours(2), check: "failed").Put("nightlies.example.org", ".cvmfswhitelist", "", HttpStatusCode.InternalServerError)
            .Put("soft.example.org", ServermonFixture.Geo, "2,1,3\n").Whitelist("config.example.org", TimeSpan.FromHours(40));
    }

    private static (string Status, string Message) Single(string details, string test)
    {
        using var json = JsonDocument.Parse(details);
        var status = Assert.Single(json.RootElement.EnumerateObject());
        return (status.Name, Assert.Single(status.Value.GetProperty(test).EnumerateArray()).GetProperty("msg").GetString()!);
    }
}
