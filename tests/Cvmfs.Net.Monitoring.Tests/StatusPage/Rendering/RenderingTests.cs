using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage.Rendering;

/// <summary>The files of a page. The golden ones are looked at by people when they change: set CVMFSNET_REWRITE_GOLDEN=1 to write them anew.</summary>
public sealed partial class RenderingTests
{
    private const string Hostile = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e & Co 🙂";

    [Fact, Conforms("monitoring", 40)]
    public void The_page_is_as_it_was_looked_at() => Golden.Same("index.html", StatusPageHtml.Write(Mixed()));

    [Fact, Conforms("monitoring", 46)]
    public void The_json_is_as_it_was_looked_at() => Golden.Same("status.json", Encoding.UTF8.GetString(StatusPageJson.Write(Mixed())));

    [Fact, Conforms("monitoring", 53), Conforms("monitoring", 45)]
    public void The_metrics_are_those_of_the_field() => Golden.Same("metrics", EessiMetrics.Write(Mixed()));

    [Fact, Conforms("monitoring", 53), Conforms("monitoring", 55)]
    public void Metrics_have_timestamps_only_when_asked()
    {
        string ending = $" {PageFixture.Now.ToUnixTimeMilliseconds()}";
        Assert.DoesNotContain(ending, EessiMetrics.Write(Mixed()), StringComparison.Ordinal);
        Assert.All(EessiMetrics.Write(Mixed(), timestamps: true).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'), line => Assert.EndsWith(ending, line, StringComparison.Ordinal));
    }

    [Fact, Conforms("monitoring", 53)]
    public void Families_come_in_order_once_each()
    {
        string[] families = [.. EessiMetrics.Write(Mixed()).Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])];
        Assert.Equal(families.Order(StringComparer.Ordinal), families);
        Assert.Equal(10, families.Distinct().Count());
    }

    [Fact, Conforms("monitoring", 46), Conforms("monitoring", 47)]
    public void The_json_has_every_key_of_the_field_with_its_type()
    {
        using var json = JsonDocument.Parse(StatusPageJson.Write(Mixed()));
        var root = json.RootElement;
        Types(root, "title:String contact_email:String last_update:String eessi_status:Object legend:Array stratum0:Object stratum1:Object syncservers:Object repositories_status:Object repositories:Array config:Object servers:Array");
        Types(root.GetProperty("eessi_status"), "status:String class:String text:String description:String");
        Assert.Equal(["OK", "DEGRADED", "WARNING", "FAILED", "MAINTENANCE"], root.GetProperty("legend").EnumerateArray().Select(entry => entry.GetProperty("status").GetString()));
        foreach (string panel in (string[])["stratum0", "stratum1", "syncservers"]) Types(root.GetProperty(panel), "status:String status_class:String details:Array servers:Array");
        Types(root.GetProperty("repositories_status"), "name:String status:String revision_class:String snapshot_class:String");
        Types(root.GetProperty("repositories")[0], "name:String status:String revision_class:String snapshot_class:String");
        foreach (var server in root.GetProperty("servers").EnumerateArray())
        {
            Types(server, "name:String status:String update_class:String geoapi_class:String");
            bool isAway = server.GetProperty("metadata").ValueKind == JsonValueKind.Null;
            Assert.Equal(isAway, server.GetProperty("name").GetString() == "s1-b.example.org");
            if (!isAway)
            {
                Assert.Equal(
                    ["administrator", "custom", "cvmfs_version", "email", "last_geodb_update", "organisation", "os_id", "os_pretty_name", "os_version_id", "schema_version"],
                    server.GetProperty("metadata").EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
            }
        }

        Assert.Equal("soft.example.org:7", root.GetProperty("stratum0").GetProperty("details")[0].GetString());
        Assert.Empty(root.GetProperty("config").EnumerateObject());
        using var published = JsonDocument.Parse(StatusPageJson.Write(Mixed(), publishConfiguration: true));
        Assert.Equal(5, published.RootElement.GetProperty("config").GetProperty("servers").GetArrayLength());
    }

    [Fact, Conforms("monitoring", 48)]
    public void The_page_is_well_formed_and_loads_nothing_from_elsewhere()
    {
        var page = XDocument.Parse(StatusPageHtml.Write(Mixed()));
        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Distinct().Count(), ids.Length);
        Assert.All(page.Descendants().Attributes("href").Select(href => href.Value).Where(href => href.StartsWith('#')), href => Assert.Contains(href[1..], ids));
        Assert.All(page.Descendants("link").Attributes("href").Concat(page.Descendants().Attributes("src")), url => Assert.DoesNotContain("//", url.Value, StringComparison.Ordinal));
        Assert.DoesNotContain("style=", page.ToString(), StringComparison.Ordinal);
        Assert.Equal("page.js", Assert.Single(page.Descendants("script")).Attribute("src")!.Value);
        string policy = page.Descendants("meta").Single(meta => meta.Attribute("http-equiv")?.Value == "Content-Security-Policy").Attribute("content")!.Value;
        Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        // Icons say in words what they mean, for those who do not see them.
        Assert.All(page.Descendants().Where(element => element.Name.LocalName == "svg" && element.Attribute("role")?.Value == "img"), icon => Assert.False(string.IsNullOrEmpty(icon.Attribute("aria-label")?.Value)));
        Assert.All(page.Descendants("th").Where(th => th.Parent!.Attribute("class")?.Value != "group"), th => Assert.NotNull(th.Attribute("scope")));
    }

    [Fact, Conforms("monitoring", 48)]
    public void Whatever_servers_and_configuration_say_is_shown_as_text()
    {
        var reports = PageFixture.Reports(7, 7, 7, 7, 7);
        reports[1] = reports[1] with
        {
            Listing = new RepositoriesDocument { CvmfsVersion = Hostile, OsPrettyName = Hostile },
            Meta = new ServerMetaInfo { Organisation = Hostile, Administrator = Hostile, Email = Hostile },
            Error = ErrorClass.JsonSyntax,
            Detail = Hostile,
        };
        var configuration = PageFixture.Configuration() with { Title = Hostile, ContactEmail = Hostile, RepositoryUrl = "javascript:alert(3)", RepositoryUrlText = Hostile, Texts = new Dictionary<ServiceStatus, string> { [ServiceStatus.Ok] = Hostile } };
        var report = StatusJudge.Judge(configuration, reports, PageFixture.Now);
        string html = StatusPageHtml.Write(report, showPrivate: true);
        var page = XDocument.Parse(html);
        Assert.Single(page.Descendants("script"));
        Assert.Empty(page.Descendants("img"));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain("javascript:", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', html);
        Assert.Contains("& Co 🙂", page.Descendants("dd").First(dd => dd.Value.StartsWith("</script>", StringComparison.Ordinal)).Value, StringComparison.Ordinal);
        XDocument.Parse(StatusPageFeed.Write(report));
    }

    [Fact]
    public void A_template_may_be_edited_and_says_what_it_does_not_know()
    {
        Assert.Equal("<p>Example status: Degraded</p>", StatusPageHtml.Write(Mixed(), "<p>{{ title }}: {{overall}}</p>"));
        var error = Assert.Throws<CvmfsFormatException>(() => StatusPageHtml.Write(Mixed(), "<p>{{tittle}}</p>"));
        Assert.Contains("{{tittle}} is no part of a page", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, error.Offset);
    }

    [Fact]
    public void Badge_and_feed_are_what_they_should_be()
    {
        XDocument.Parse(StatusBadge.WriteSvg(Mixed()));
        using var badge = JsonDocument.Parse(StatusBadge.WriteJson(Mixed()));
        Assert.Equal(("cvmfs", "degraded"), (badge.RootElement.GetProperty("label").GetString(), badge.RootElement.GetProperty("message").GetString()));
        XNamespace atom = "http://www.w3.org/2005/Atom";
        var feed = XDocument.Parse(StatusPageFeed.Write(Mixed()));
        Assert.Equal(Mixed().History.Changes.Count, feed.Root!.Elements(atom + "entry").Count());
        Assert.NotEmpty(feed.Root.Elements(atom + "entry"));
    }

    [Fact]
    public void Colours_of_text_can_be_read_in_light_and_in_dark()
    {
        string css = StatusPageResources.Read("page.css");
        var themes = Root().Matches(css).Select(theme => Variable().Matches(theme.Groups[1].Value).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value)).ToArray();
        Assert.Equal(2, themes.Length);
        foreach (var theme in themes)
        {
            foreach (string ground in (string[])["page", "card"])
            {
                foreach (string text in (string[])["text", "soft", "ok", "degraded", "warning", "failed", "maintenance", "unknown"])
                {
                    Assert.True(Contrast(theme[text], theme[ground]) >= 4.5, $"{text} {theme[text]} on {ground} {theme[ground]}: {Contrast(theme[text], theme[ground]):0.00}");
                }
            }

            foreach (string status in (string[])["ok", "degraded", "warning", "failed", "maintenance", "unknown"])
            {
                Assert.True(Contrast(theme[status], theme[status + "-soft"]) >= 4.5, $"{status} on its own ground: {Contrast(theme[status], theme[status + "-soft"]):0.00}");
            }
        }
    }

    /// <summary>Some of everything: one server away with what it had, one behind, one with an old snapshot, planned work, a day of history.</summary>
    internal static StatusPageReport Mixed()
    {
        string json = PageFixture.Json.Replace("\"rules\": [", "\"maintenance\": [{\"from\": \"2026-01-12T08:00:00Z\", \"to\": \"2026-01-12T10:00:00Z\", \"servers\": [\"s0.example.org\"], \"text\": \"New disks.\"}], \"rules\": [", StringComparison.Ordinal);
        var configuration = PageFixture.Configuration(json);
        var yesterday = PageFixture.Now.AddDays(-1);
        var before = StatusJudge.Judge(configuration, [.. PageFixture.Reports(7, 7, 7, 7, 7).Select(report => report with { ScrapedAt = yesterday })], yesterday);
        var reports = PageFixture.Reports(7, 7, null, 6, 7);
        reports[4] = PageFixture.Server(PageFixture.Hosts[4], PageFixture.Repository("soft.example.org", 7, PageFixture.Now.AddHours(-7)));
        return StatusJudge.Judge(configuration, reports, PageFixture.Now, PreviousStatus.Parse(StatusPageJson.Write(before)), before.History);
    }

    private static void Types(JsonElement at, string expected)
        => Assert.All(expected.Split(' '), pair => Assert.Equal(pair.Split(':')[1], at.GetProperty(pair.Split(':')[0]).ValueKind.ToString()));

    private static double Contrast(string one, string other)
    {
        double a = Luminance(one), b = Luminance(other);
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string hex)
    {
        double[] parts = [.. new[] { 1, 3, 5 }.Select(at => Convert.ToInt32(hex.Substring(at, 2), 16) / 255.0).Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4))];
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    }

    [GeneratedRegex(@":root \{(.*?)\}", RegexOptions.Singleline)]
    private static partial Regex Root();

    [GeneratedRegex("--([a-z-]+): (#[0-9a-f]{6});")]
    private static partial Regex Variable();
}
