using Cvmfs.Net.Databases;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tests.StatusPage;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

public sealed class RevisionTableTests
{
    private const string Repo = "soft.example.org";
    private static readonly DateTimeOffset s_now = PageFixture.Now;

    [Fact]
    public void A_revision_tells_when_it_came_to_whom_and_how_long_it_was_the_newest()
    {
        using var database = MonitorDatabase.Open(null);
        See(database, "s0", 7, minute: 0, published: -300);
        See(database, "s1", 7, minute: 1, published: -300);
        See(database, "s0", 8, minute: 10, published: 9);
        See(database, "s1", 7, minute: 11, published: -300);
        See(database, "s1", 8, minute: 21, published: 9);
        See(database, "s0", 9, minute: 40, published: 39);

        var records = RevisionRecord.Of(database.ReadRevisions(Repo, 10), static _ => true);
        Assert.Equal([9UL, 8UL, 7UL], records.Select(record => record.Revision));
        Assert.Equal([null, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(309)], records.Select(record => record.NewestFor));
        Assert.Equal([TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(12), null], records.Select(record => record.LongestLag)); // who has had the first one since when, nobody knows
        Assert.Equal(["s0", "s1"], records[1].Arrivals.Select(arrival => arrival.Server));
        Assert.Equal((TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(12)), records[1].LagOf(records[1].Arrivals[1]));

        var ofOne = RevisionRecord.Of(database.ReadRevisions(Repo, 10), static server => server == "s1");
        Assert.Equal([8UL, 7UL], ofOne.Select(record => record.Revision));
        Assert.Null(ofOne[0].NewestFor);
    }

    [Fact]
    public void A_repository_that_a_server_did_not_have_before_is_no_lag()
    {
        using var database = MonitorDatabase.Open(null);
        database.AddScrape(PageFixture.Server("s1") with { ScrapedAt = s_now });
        See(database, "s1", 7, minute: 2, published: -300);
        Assert.Null(Assert.Single(database.ReadRevisions(Repo, 10)).LongestLag);
    }

    [Fact]
    public void A_number_that_comes_again_with_another_root_is_another_revision()
    {
        using var database = MonitorDatabase.Open(null);
        See(database, "s1", 7, minute: 0);
        var other = PageFixture.Repository(Repo, 8, null);
        database.AddScrape(PageFixture.Server("s2", PageFixture.Repository(Repo, 7, null) with { Manifest = Manifests.Manifest.Parse(System.Text.Encoding.ASCII.GetBytes($"C{other.Manifest!.RootCatalog}\nB1\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS7\nN{Repo}\n")) }) with { ScrapedAt = s_now.AddMinutes(1) });
        Assert.Equal([7UL, 7UL], database.ReadRevisions(Repo, 1).Select(record => record.Revision));
    }

    [Fact]
    public void Pages_are_of_bounded_length_and_lose_nothing_between_them()
    {
        using var database = MonitorDatabase.Open(null);
        for (ulong revision = 1; revision <= 20; revision++)
        {
            See(database, "s1", revision, (int)revision);
            See(database, "s2", revision, (int)revision);
        }

        Assert.Equal([20UL, 19UL, 18UL], database.ReadRevisions(Repo, 3).Select(record => record.Revision));
        Assert.Equal([17UL, 16UL], database.ReadRevisions(Repo, 2, upTo: 17).Select(record => record.Revision));
        Assert.Empty(database.ReadRevisions(Repo, 3, upTo: 0));
        Assert.Empty(database.ReadRevisions("other.example.org", 3));
    }

    [Fact]
    public void Old_ones_are_forgotten_but_what_a_server_has_now_stays_and_does_not_come_back_as_new()
    {
        using var database = MonitorDatabase.Open(null);
        See(database, "s1", 7, minute: 0);
        See(database, "s1", 8, minute: 2);
        database.Forget(s_now.AddDays(500), TimeSpan.FromDays(14), TimeSpan.FromDays(400), 90);
        See(database, "s1", 8, minute: 500 * 24 * 60);
        var record = Assert.Single(database.ReadRevisions(Repo, 10));
        Assert.Equal((8UL, s_now.AddMinutes(2)), (record.Revision, record.Arrivals.Single().SeenAt));
    }

    [Fact]
    public void Repositories_with_something_new_are_told_once()
    {
        using var database = MonitorDatabase.Open(null);
        See(database, "s1", 7, minute: 0);
        Assert.Equal([Repo], database.TakeChangedRepositories());
        See(database, "s1", 7, minute: 2);
        Assert.Empty(database.TakeChangedRepositories());
    }

    /// <summary>With millions of rows, a walk through the table would be felt by everybody.</summary>
    [Theory]
    [InlineData(RevisionTable.SelectNumbers, "SEARCH revisions USING COVERING INDEX revisions_of (repository=? AND revision<?)")]
    [InlineData(RevisionTable.SelectRows, "SEARCH revisions USING INDEX revisions_of (repository=? AND revision>? AND revision<?)")]
    [InlineData(RevisionTable.DeleteOld, "SEARCH revisions USING INDEX revisions_at (seen_at<?)")]
    public void Every_question_is_answered_by_an_index(string sql, string plan)
    {
        using var database = MonitorDatabase.Open(null);
        string explained = database.Explain(sql);
        Assert.Contains(plan, explained.Replace("USING COVERING INDEX revisions_at", "USING INDEX revisions_at", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("SCAN", explained, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_of_the_first_version_is_taken_over()
    {
        using var folder = new TempFolder();
        string path = folder.Combine("m.db");
        using (var file = SqliteFile.OpenOnDisk(path))
        {
            file.Execute("CREATE TABLE revisions (repository TEXT NOT NULL, server TEXT NOT NULL, revision INTEGER NOT NULL, seen_at INTEGER NOT NULL, published_at INTEGER, root TEXT NOT NULL, PRIMARY KEY (repository, server, revision, root)) WITHOUT ROWID");
            file.Execute($"INSERT INTO revisions VALUES ('{Repo}', 's1', 7, {s_now.ToUnixTimeMilliseconds()}, NULL, 'aa')");
            file.Execute("PRAGMA user_version = 1");
        }

        for (int opening = 0; opening < 2; opening++)
        {
            using var database = MonitorDatabase.Open(path);
            var known = Assert.Single(database.ReadRevisions(Repo, 10));
            Assert.Equal((7UL, s_now, null), (known.Revision, known.Arrivals.Single().SeenAt, known.LongestLag));
        }

        using (var file = SqliteFile.OpenOnDisk(path)) file.Execute("PRAGMA user_version = 9");
        Assert.Contains("is a history of version 9", Assert.Throws<CvmfsFormatException>(() => MonitorDatabase.Open(path)).Message, StringComparison.Ordinal);
    }

    private static void See(MonitorDatabase database, string server, ulong revision, int minute, int? published = null)
        => database.AddScrape(PageFixture.Server(server, PageFixture.Repository(Repo, revision, null, published is { } at ? s_now.AddMinutes(at) : null)) with { ScrapedAt = s_now.AddMinutes(minute) });
}
