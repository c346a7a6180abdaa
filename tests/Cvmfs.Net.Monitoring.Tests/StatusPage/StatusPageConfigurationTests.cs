using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage;

public sealed class StatusPageConfigurationTests
{
    [Fact, Conforms("monitoring", 40)]
    public void The_configuration_of_the_field_is_accepted_unchanged()
    {
        var read = PageFixture.Configuration();
        Assert.Equal(("Example status", "ops@example.org", "Documentation"), (read.Title, read.ContactEmail, read.RepositoryUrlText));
        Assert.Equal([ServerRole.Stratum0, ServerRole.Stratum1, ServerRole.Stratum1, ServerRole.Stratum1, ServerRole.SyncServer], read.Servers.Select(server => server.Role));
        Assert.Equal([ServerBackend.Cvmfs, ServerBackend.Cvmfs, ServerBackend.AutoDetect, ServerBackend.AutoDetect, ServerBackend.S3], read.Servers.Select(server => server.Backend));
        Assert.Equal([3, 2, 2, 6], read.Rules.Select(rule => rule.Conditions.Count));
        Assert.Equal(90, read.HistoryDays);
        var targets = read.ToTargets();
        Assert.Equal("http://s1-c.example.org:8000/", targets[3].BaseUrl.AbsoluteUri);
        Assert.All(targets, target => Assert.Equal("soft.example.org", Assert.Single(target.Repositories).ToString()));
        Assert.Equal([false, true], new[] { targets[1].OnlyThese, targets[4].OnlyThese });
    }

    [Theory, Conforms("monitoring", 19)]
    [InlineData("\"server_type\": \"Stratum0\"", "\"server_type\": \"stratum0\"", "servers[0].server_type \"stratum0\" is no type of server")]
    [InlineData("\"backend_type\": \"S3\"", "\"backend_type\": \"s3\"", "servers[4].backend_type \"s3\"")]
    [InlineData("\"hostname\": \"s1-a.example.org\"", "\"hostname\": \"s1_a..example.org\"", "servers[1].hostname \"s1_a..example.org\" is no server")]
    [InlineData("\"repositories\": [\"soft.example.org\"]", "\"repositories\": []", "sync.example.org (servers[4]) is an S3 server")]
    [InlineData("\"repositories\": [\"soft.example.org\"]", "\"repositories\": \"soft\"", "repositories is a text, expected a list")]
    [InlineData("\"status\": \"DEGRADED\"", "\"status\": \"UNKNOWN\"", "rules[3].conditions[3].status \"UNKNOWN\" is no status")]
    [InlineData("\"id\": \"sync_servers\"", "\"id\": \"sync\"", "rules has no rule set sync_servers")]
    [InlineData("\"title\": \"Example status\", ", "", "meta.title is missing")]
    [InlineData("\"meta\"", "\"mета\"", "meta is missing")]
    [InlineData("\"rules\": [", "\"max_lag\": \"soon\", \"rules\": [", "max_lag \"soon\" is no duration")]
    [InlineData("\"rules\": [", "\"sync_policy\": \"x\", \"rules\": [", "sync_policy \"x\" is no policy")]
    [InlineData("\"rules\": [", "\"maintenance\": [{\"from\": \"2026-01-02T00:00:00Z\", \"to\": \"2026-01-01T00:00:00Z\"}], \"rules\": [", "maintenance[0].to is not after its from")]
    [InlineData("\"meta\": {", "\"meta\": {{", "no JSON")]
    public void Faults_name_the_key_what_is_there_and_what_should_be(string what, string instead, string message)
    {
        Assert.Contains(what, PageFixture.Json, StringComparison.Ordinal);
        int last = PageFixture.Json.LastIndexOf(what, StringComparison.Ordinal);
        int at = what.StartsWith("\"status\"", StringComparison.Ordinal) ? PageFixture.Json.IndexOf(what, StringComparison.Ordinal) : last;
        var error = Assert.Throws<CvmfsFormatException>(() => PageFixture.Configuration(PageFixture.Json[..at] + instead + PageFixture.Json[(at + what.Length)..]));
        Assert.StartsWith("config.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_that_cannot_be_read_costs_its_condition_only()
    {
        var rule = PageFixture.Configuration(PageFixture.Json.Replace("sync_servers > 0\"}]}", "sync_servers >\"}]}", StringComparison.Ordinal)).Rules[2];
        Assert.Contains("ends too early", rule.Conditions[1].Error, StringComparison.Ordinal);
        Assert.Null(rule.Conditions[0].Error);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("45m", 2700)]
    [InlineData("8h", 28800)]
    [InlineData("10d", 864000)]
    [InlineData("PT45M", 2700)]
    [InlineData("P1DT2H", 93600)]
    public void Durations_have_two_spellings(string text, int seconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0m")]
    [InlineData("-5m")]
    [InlineData("5")]
    [InlineData("5 m")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1Y")]
    [InlineData("99999999999999999999d")]
    [InlineData("9999999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(DurationText.TryParse(text, out _));
}
