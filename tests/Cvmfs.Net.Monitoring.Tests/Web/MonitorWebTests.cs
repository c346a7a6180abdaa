using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.Tests.Fleet;
using Cvmfs.Net.Monitoring.Tests.Serving;
using Cvmfs.Net.Monitoring.Tests.StatusPage;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Monitoring.Tests.Web;

public sealed class MonitorWebTests
{
    [Fact]
    public async Task Pages_json_metrics_and_health_are_there_after_the_first_round_and_not_before()
    {
        await using var running = await RunningMonitor.StartAsync();
        Assert.Equal(503, (await running.GetAsync("/")).Status);
        Assert.Equal((503, "starting\n"), await running.GetAsync("/healthz"));
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);

        Assert.Contains("<h1>Example</h1>", (await running.GetAsync("/")).Body, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await running.GetAsync("/status.json")).Body);
        Assert.Equal(2, json.RootElement.GetProperty("servers").GetArrayLength());
        var metrics = PrometheusReader.Read((await running.GetAsync("/metrics")).Body);
        Assert.NotEmpty(metrics);
        foreach (string path in (string[])["/page.css", "/page.js", "/history.json", "/feed.atom", "/badge.svg", "/badge.json", "/index.html"]) Assert.Equal(200, (await running.GetAsync(path)).Status);
        Assert.Equal(404, (await running.GetAsync("/silences")).Status);
        Assert.Equal((200, "ok\n"), await running.GetAsync("/healthz"));
        running.Clock.Advance(TimeSpan.FromMinutes(7));
        Assert.Equal((503, "the last round is old\n"), await running.GetAsync("/healthz"));
    }

    [Fact]
    public async Task The_page_needs_no_script_loads_nothing_from_elsewhere_and_comes_packed_to_who_wants_it_so()
    {
        await using var running = await RunningMonitor.StartAsync();
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, running.Url);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using var response = await running.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        using var gzip = new System.IO.Compression.GZipStream(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        string page = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("<noscript><meta http-equiv=\"refresh\" content=\"120\"/></noscript>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("refused", (await running.GetAsync("/", isAdmin: true)).Body, StringComparison.OrdinalIgnoreCase);

        using var head = await running.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, running.Url + "/status.json"), TestContext.Current.CancellationToken);
        Assert.True(head.Content.Headers.ContentLength > 1000);
        using var post = await running.Client.PostAsync(running.Url + "/", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    [Conforms("monitoring", 60)]
    public async Task Probes_answer_for_servers_of_the_fleet_and_refuse_all_others()
    {
        await using var running = await RunningMonitor.StartAsync();
        var (status, body) = await running.GetAsync($"/probe?target={running.Well}&module=objects");
        Assert.Equal(200, status);
        Assert.Contains("\nprobe_success 1\n", body, StringComparison.Ordinal);
        Assert.Contains("\nprobe_duration_seconds ", body, StringComparison.Ordinal);
        Assert.Contains("\ncvmfs_probe_up 1\n", body, StringComparison.Ordinal);
        Assert.DoesNotContain("server=\"", body.Replace("reference_info{server=", "", StringComparison.Ordinal), StringComparison.Ordinal);
        PrometheusReader.Read(body);

        (status, body) = await running.GetAsync($"/probe?target={RunningMonitor.Away}");
        Assert.Equal(200, status);
        Assert.Contains("\nprobe_success 0\n", body, StringComparison.Ordinal);
        foreach (string query in (string[])["", "?target=", $"?target={running.Well}&module=nonsense", "?target=example.org", "?target=http://169.254.169.254/latest", "?target=px1&module=proxy"])
        {
            Assert.Equal(400, (await running.GetAsync("/probe" + query)).Status);
        }

        await using var open = await RunningMonitor.StartAsync(allowAnyTarget: true);
        Assert.Equal(200, (await open.GetAsync("/probe?target=127.0.0.1:2")).Status);
        Assert.Equal(400, (await open.GetAsync("/probe?target=file:///etc/passwd")).Status);
    }

    [Fact]
    [Conforms("monitoring", 60)]
    public async Task A_probe_through_a_proxy_speaks_of_the_proxy_alone()
    {
        await using var running = await RunningMonitor.StartAsync(fleet =>
        {
            // Whoever serves the replica takes requests with its whole URL as well: a proxy, as far as a prober can tell.
            string yaml = FleetFixture.Yaml.Replace("px1: {host: proxy1.site.test,", $"px1: {{host: localhost, port: {fleet.Servers[0].Target.BaseUrl.Port},", StringComparison.Ordinal)
                .Replace("px3: {host: proxy3.site.test,", "px3: {host: localhost, port: 1,", StringComparison.Ordinal);
            return fleet with { Fleet = FleetFixture.Fleet(yaml) };
        });
        foreach (var (proxy, isUp) in new[] { ("px1", 1), ("px3", 0) })
        {
            var (status, body) = await running.GetAsync($"/probe?module=proxy&target={proxy}");
            Assert.Equal(200, status);
            Assert.Contains($"\ncvmfs_probe_proxy_up {isUp}\n", body, StringComparison.Ordinal);
            Assert.Contains($"\nprobe_success {isUp}\n", body, StringComparison.Ordinal);
            Assert.Equal(3, PrometheusReader.Read(body).Count);
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1 << 20, true)]
    public async Task A_probe_of_objects_spends_the_allowance_of_its_server(int bytesPerHour, bool isFetched)
    {
        int fetched = 0;
        await using var running = await RunningMonitor.StartAsync(
            options: options => options with { ObjectBytesPerHour = bytesPerHour },
            fault: context =>
            {
                string path = context.Request.Path.Value!;
                if (path.Contains("/data/", StringComparison.Ordinal) && !path.EndsWith('X') && HttpMethods.IsGet(context.Request.Method)) Interlocked.Increment(ref fetched);
                return Task.FromResult(false);
            });
        Assert.Contains("\nprobe_success 1\n", (await running.GetAsync($"/probe?target={running.Well}&module=objects")).Body, StringComparison.Ordinal);
        Assert.Equal(isFetched, fetched > 0);
        Assert.Equal(isFetched, running.Monitor.Allowances.Of(running.Well).BeginAside() < bytesPerHour);
    }

    [Fact]
    public async Task Revisions_are_told_on_a_page_and_as_json_in_pages_of_bounded_length()
    {
        await using var running = await RunningMonitor.StartAsync();
        Assert.Equal(503, (await running.GetAsync("/revisions?repository=soft.example.org")).Status);
        for (ulong revision = 1; revision <= 300; revision++)
        {
            var at = running.Clock.GetUtcNow().AddMinutes((int)revision - 400);
            running.Monitor.Database.AddScrape(PageFixture.Server(running.Well, PageFixture.Repository("soft.example.org", revision + 1000, null, at.AddSeconds(-90))) with { ScrapedAt = at });
        }

        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        var main = XDocument.Parse((await running.GetAsync("/")).Body);
        Assert.Equal("revisions?repository=soft.example.org", main.Descendants("a").Single(a => a.Attribute("class")?.Value == "number").Attribute("href")!.Value);
        Assert.Contains(main.Descendants("svg"), svg => svg.Attribute("aria-label")?.Value.Contains("reached the slowest server", StringComparison.Ordinal) == true);

        var numbers = new List<ulong>();
        string? next = "/api/v0/revisions?repository=soft.example.org&limit=5000";
        for (int pages = 0; next is not null; pages++)
        {
            Assert.True(pages < 5);
            using var json = JsonDocument.Parse((await running.GetAsync(next)).Body);
            var revisions = json.RootElement.GetProperty("revisions").EnumerateArray().ToList();
            Assert.InRange(revisions.Count, 1, 200);
            numbers.AddRange(revisions.Select(one => one.GetProperty("revision").GetUInt64()));
            var before = json.RootElement.GetProperty("next_before");
            next = before.ValueKind == JsonValueKind.Null ? null : $"/api/v0/revisions?repository=soft.example.org&limit=200&before={before.GetUInt64()}";
            Assert.All(revisions.Skip(1), one => Assert.NotEqual(JsonValueKind.Null, one.GetProperty("newest_for_seconds").ValueKind));
            if (pages > 0) Assert.Equal(60, revisions[0].GetProperty("newest_for_seconds").GetInt64()); // known from the page before
        }

        Assert.Equal(301, numbers.Count); // and the one that the server really has
        Assert.Equal(numbers.OrderDescending(), numbers);

        var page = XDocument.Parse((await running.GetAsync("/revisions?repository=soft.example.org&limit=10")).Body);
        Assert.Equal(10, page.Descendants("tbody").Elements("tr").Count());
        Assert.Equal("page.css", page.Descendants("link").First().Attribute("href")!.Value);
        Assert.Empty(page.Descendants("script"));
        Assert.All(page.Descendants("th"), th => Assert.NotNull(th.Attribute("scope")));
        Assert.Equal("revisions?repository=soft.example.org&before=1291&limit=10", page.Descendants("a").Single(a => a.Attribute("rel")?.Value == "next").Attribute("href")!.Value);
        Assert.Contains(page.Descendants("dd"), dd => dd.Value.EndsWith("UTC, after 1 min", StringComparison.Ordinal));
        Assert.Equal(404, (await running.GetAsync("/revisions?repository=other.example.org")).Status);
        Assert.Equal(404, (await running.GetAsync("/revisions")).Status);
    }

    [Fact]
    public async Task Visitors_see_no_revisions_of_servers_that_they_do_not_see()
    {
        await using var running = await RunningMonitor.StartAsync(fleet => fleet.Only([fleet.Servers[0], fleet.Servers[1] with { IsPublic = false }]));
        running.Monitor.Database.AddScrape(PageFixture.Server(RunningMonitor.Away, PageFixture.Repository("soft.example.org", 77, null)));
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("77", await NumbersAsync(isAdmin: false), StringComparison.Ordinal);
        Assert.Contains("77", await NumbersAsync(isAdmin: true), StringComparison.Ordinal);

        async Task<string> NumbersAsync(bool isAdmin)
        {
            using var json = JsonDocument.Parse((await running.GetAsync("/api/v0/revisions?repository=soft.example.org", isAdmin)).Body);
            return string.Join(' ', json.RootElement.GetProperty("revisions").EnumerateArray().Select(one => one.GetProperty("revision").GetUInt64()));
        }
    }

    [Theory]
    [InlineData("stratum", 1)]
    [InlineData("repository", 1)]
    [InlineData("cdn", 1)]
    [InlineData("geo", 0)]
    [InlineData("tls", 0)]
    public async Task Modules_say_what_counts_as_success(string module, int success)
    {
        await using var running = await RunningMonitor.StartAsync();
        Assert.Contains($"\nprobe_success {success}\n", (await running.GetAsync($"/probe?target={running.Well}&module={module}")).Body, StringComparison.Ordinal);
    }

    [Fact, Conforms("monitoring", 62), Conforms("monitoring", 67)]
    public async Task Servermons_api_is_there_with_its_headers()
    {
        await using var running = await RunningMonitor.StartAsync();
        using var response = await running.Client.GetAsync(running.Url + "/cvmfsmon/api/v1.0/ok&server=s1&format=list", TestContext.Current.CancellationToken);
        Assert.Equal("OK:soft.example.org\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("max-age=120", "text/plain", 20L), (response.Headers.CacheControl!.ToString(), response.Content.Headers.ContentType!.ToString(), response.Content.Headers.ContentLength));
        using var refused = await running.Client.GetAsync(running.Url + "/cvmfsmon/api/v1.0/ok&server=127.0.0.1", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.BadRequest, null), (refused.StatusCode, refused.Content.Headers.ContentType));
        Assert.Equal("max-age=120", refused.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task Silences_are_taken_listed_and_ended_where_administrators_come_and_nowhere_else()
    {
        await using var running = await RunningMonitor.StartAsync();
        string body = $$"""{"to":"2100-01-01T00:00:00Z","servers":["{{RunningMonitor.Away}}"],"text":"Disks"}""";
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await PostAsync(running.Url, body)).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await PostAsync(running.AdminUrl, body, "text/plain")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(running.AdminUrl, "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(running.AdminUrl, "[")).StatusCode);
        var created = await PostAsync(running.AdminUrl, body);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var answer = JsonDocument.Parse(await created.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        string id = answer.RootElement.GetProperty("id").GetString()!;
        Assert.Contains($"\"{id}\":{{\"from\":\"", (await running.GetAsync("/silences", isAdmin: true)).Body, StringComparison.Ordinal);

        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Disks", (await running.GetAsync("/")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(running.Monitor.Snapshot!.Incidents, incident => incident.Line.StartsWith("server/", StringComparison.Ordinal));

        using var ended = await running.Client.DeleteAsync($"{running.AdminUrl}/silences/{id}", TestContext.Current.CancellationToken);
        using var again = await running.Client.DeleteAsync($"{running.AdminUrl}/silences/{id}", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (ended.StatusCode, again.StatusCode));

        Task<HttpResponseMessage> PostAsync(string url, string text, string type = "application/json")
            => running.Client.PostAsync(url + "/silences", new StringContent(text, Encoding.UTF8, type), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Servers_that_visitors_do_not_see_are_in_metrics_and_behind_the_admin_listener_only()
    {
        await using var running = await RunningMonitor.StartAsync(fleet => fleet.Only([fleet.Servers[0], fleet.Servers[1] with { IsPublic = false }]));
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        foreach (string path in (string[])["/", "/status.json", "/incidents.json", "/history.json"]) Assert.DoesNotContain(RunningMonitor.Away, (await running.GetAsync(path)).Body, StringComparison.Ordinal);
        Assert.Equal(404, (await running.GetAsync("/api/v0/scrapes?server=" + RunningMonitor.Away)).Status);
        Assert.Contains("\"outcome\":\"reachable\"", (await running.GetAsync("/api/v0/scrapes?server=" + running.Well)).Body, StringComparison.Ordinal);
        foreach (string path in (string[])["/", "/status.json", "/incidents.json"]) Assert.Contains(RunningMonitor.Away, (await running.GetAsync(path, isAdmin: true)).Body, StringComparison.Ordinal);
        Assert.Contains($"cvmfs_probe_up{{server=\"{RunningMonitor.Away}\"}} 0\n", (await running.GetAsync("/metrics")).Body, StringComparison.Ordinal);
    }
}
