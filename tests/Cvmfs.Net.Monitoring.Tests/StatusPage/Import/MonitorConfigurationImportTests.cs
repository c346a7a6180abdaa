using System.Text;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Import;
using Cvmfs.Net.Monitoring.StatusPage.Rules;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage.Import;

public sealed class MonitorConfigurationImportTests
{
    [Fact]
    public void The_older_pages_file_becomes_a_configuration_and_each_line_is_accounted_for()
    {
        var import = Read(
            """
            # of the older page
            [config]
            title = Example status
            logging_level: WARNING
            min_ok_stratum1 = 3
            contact_email=ops@example.org
            repo_url = https://example.org/page
            color = blue

            [stratum0]
            s0.example.org
            [stratum1]
            s1-a.example.org
            s1-b.example.org:8000
            a..b
            s1-a.example.org
            [repositories]
            soft.example.org
            not a name
            [ignored_repositories]
            old.example.org
            [telegram]
            token = 1
            """);
        Assert.Equal(
            [
                "3 TakenOver meta.title", "4 TakenOver meta.logging_level", "5 TakenOver rules, stratum1_servers: a warning below 3", "6 TakenOver meta.contact_email", "7 TakenOver meta.repo_url",
                "8 NotNeeded the page has no such setting and never read it", "11 TakenOver servers, Stratum0", "13 TakenOver servers, Stratum1", "14 TakenOver servers, Stratum1",
                "15 NotPossible no server: a label is empty (at 2 of the host)", "16 NotNeeded the server is there already", "18 TakenOver repositories", "19 NotPossible no name of a repository",
                "21 TakenOver ignored_repositories", "22 NotPossible the page knows no such section; what is below it is left out", "23 NotPossible not of a section that the page knows",
            ],
            import.Lines.Select(line => $"{line.Number} {line.Verdict} {line.Explanation}"));

        var page = Parse(import);
        Assert.Equal(("Example status", "WARNING", "ops@example.org", "https://example.org/page"), (page.Title, page.LoggingLevel, page.ContactEmail, page.RepositoryUrl));
        Assert.Equal(["s0.example.org Stratum0", "s1-a.example.org Stratum1", "s1-b.example.org:8000 Stratum1"], page.Servers.Select(server => $"{server.HostName} {server.Role}"));
        Assert.Equal(("soft.example.org", "old.example.org"), (page.Repositories.Single().ToString(), page.IgnoredRepositories.Single().ToString()));
    }

    [Theory]
    [InlineData(4, 4, ServiceStatus.Ok)]
    [InlineData(3, 4, ServiceStatus.Degraded)]
    [InlineData(2, 4, ServiceStatus.Degraded)]
    [InlineData(1, 4, ServiceStatus.Warning)]
    [InlineData(0, 4, ServiceStatus.Failed)]
    [InlineData(1, 1, ServiceStatus.Warning)] // fewer than two, though it is all there are
    public void Replicas_are_judged_as_the_older_page_did(int well, int all, ServiceStatus status)
    {
        var page = Parse(Read("[stratum0]\ns0.example.org\n[stratum1]\ns1.example.org\n"));
        var variables = new Dictionary<string, RuleValue> { ["stratum1_servers"] = RuleValue.Of((long)well), ["stratum1_servers_total"] = RuleValue.Of((long)all) };
        Assert.Equal(status, page.Rules.Single(rule => rule.Id == StatusRuleSet.Stratum1Servers).Judge(variables));
    }

    [Fact]
    public void Servermons_file_becomes_a_configuration_and_what_only_its_api_has_is_said()
    {
        var import = Read(
            """
            serveralias near=s1.example.org:8000
            serveralias far=s2.example.org/old
            serveralias nothing
            excluderepo old.example.org
            updated-slowrepo slow.example.org
            disabletest geo
            limit updated-multiplier=1.5
            limit updated-warning=5
            limit updated-critical=15
            limit gc-warning=12
            limit x=1
            limit updated-warning=many
            limit
            nonsense words
            """);
        Assert.Equal(
            [
                "TakenOver", "NotPossible", "NotPossible", "TakenOver", "TakenOver", "NotPossible", "TakenOver", "TakenOver", "TakenOver", "NotPossible", "NotNeeded", "NotPossible", "NotPossible", "NotNeeded",
            ],
            import.Lines.Select(line => line.Verdict.ToString()));
        var page = Parse(import);
        Assert.Equal(("s1.example.org:8000", "old.example.org"), (page.Servers.Single().HostName, page.IgnoredRepositories.Single().ToString()));
        Assert.Equal(TimeSpan.FromHours(5), page.Limits.MaxSnapshotAge);
        Assert.Equal(TimeSpan.FromHours(7.5), page.LimitsOf(Cvmfs.Net.Manifests.RepositoryName.Parse("slow.example.org")).MaxSnapshotAge);
    }

    [Fact]
    public void Servermons_file_without_servers_means_this_machine_and_another_limit_than_three_times_is_said()
    {
        var import = Read("limit updated-critical=30\n");
        Assert.Equal("127.0.0.1", Parse(import).Servers.Single().HostName);
        Assert.StartsWith("a page has failed at three times the warning, so at 24 hours", Assert.Single(import.Lines).Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"servers\":[]}", "config.ini: is neither an INI file of a status page nor a configuration of servermon.")]
    [InlineData("[config]\ntitle=x\n[stratum0]\ns0.example.org\n", "config.ini: has no server in [stratum1], which the page needs.")]
    public void What_is_neither_is_refused(string text, string message)
        => Assert.Contains(message.Split(": ")[1], Assert.Throws<CvmfsFormatException>(() => Read(text)).Message, StringComparison.Ordinal);

    private static MonitorConfigurationImport Read(string text) => MonitorConfigurationImport.Read(text, "config.ini");

    private static StatusPageConfiguration Parse(MonitorConfigurationImport import) => StatusPageConfiguration.Parse(Encoding.UTF8.GetBytes(import.Json));
}
