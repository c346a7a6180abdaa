using Cvmfs.Net.Databases;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>The table of who was first seen with which revision when. Callers hold the database's lock.</summary>
internal sealed class RevisionTable(SqliteFile file)
{
    public const string Table =
        "CREATE TABLE IF NOT EXISTS revisions (repository TEXT NOT NULL, server TEXT NOT NULL, revision INTEGER NOT NULL, seen_at INTEGER NOT NULL, published_at INTEGER, root TEXT NOT NULL, looked_at INTEGER, "
        + "PRIMARY KEY (repository, server, revision, root)) WITHOUT ROWID";

    /// <summary>For pages of a repository, and for forgetting.</summary>
    public static readonly string[] Indexes =
        ["CREATE INDEX IF NOT EXISTS revisions_of ON revisions (repository, revision)", "CREATE INDEX IF NOT EXISTS revisions_at ON revisions (seen_at)"];

    /// <summary>What histories of version 1 lack.</summary>
    public const string Upgrade = "ALTER TABLE revisions ADD COLUMN looked_at INTEGER";

    /// <summary>The statements of reading and forgetting, which a test holds against the indexes.</summary>
    internal const string SelectNumbers = "SELECT DISTINCT revision FROM revisions WHERE repository = ?1 AND revision <= ?2 ORDER BY revision DESC LIMIT ?3";
    internal const string SelectRows = "SELECT revision, root, server, seen_at, looked_at, published_at FROM revisions WHERE repository = ?1 AND revision BETWEEN ?2 AND ?3 ORDER BY revision DESC, seen_at, server";
    internal const string DeleteOld =
        "DELETE FROM revisions WHERE seen_at < ?1 AND EXISTS (SELECT 1 FROM revisions AS newer WHERE newer.repository = revisions.repository AND newer.server = revisions.server AND newer.revision > revisions.revision)";

    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);

    /// <summary>Writes down what a look saw and was not known.</summary>
    /// <param name="report">The look.</param>
    /// <param name="before">Time of the look before that saw anything, in milliseconds; null for none.</param>
    public void Add(ServerReport report, long? before)
    {
        using var seen = file.Prepare(
            "INSERT OR IGNORE INTO revisions (repository, server, revision, seen_at, published_at, root, looked_at) "
            + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, CASE WHEN EXISTS (SELECT 1 FROM revisions WHERE repository = ?1 AND server = ?2) THEN ?7 END)");
        foreach (var repository in report.Repositories.Where(repository => repository is { IsUp: true, Manifest: not null }))
        {
            var manifest = repository.Manifest!;
            string name = repository.Name.ToString();
            seen.BindText(1, name).BindText(2, report.Target.Name).Bind(3, unchecked((long)manifest.Revision)).Bind(4, report.ScrapedAt.ToUnixTimeMilliseconds()).BindText(6, manifest.RootCatalog.ToString());
            _ = manifest.PublishedAtUtc is { } published ? seen.Bind(5, published.ToUnixTimeMilliseconds()) : seen.BindNull(5);
            (before is { } looked ? seen.Bind(7, looked) : seen.BindNull(7)).Run();
            if (file.Changes > 0) _changed.Add(name);
        }
    }

    /// <summary>Repositories that have something new since the last call.</summary>
    public IReadOnlyCollection<string> TakeChanged()
    {
        string[] changed = [.. _changed];
        _changed.Clear();
        return changed;
    }

    /// <summary>Revisions of a repository, newest first.</summary>
    /// <param name="repository">Its name.</param>
    /// <param name="count">So many at most.</param>
    /// <param name="upTo">The first one; null for the newest.</param>
    public IReadOnlyList<RevisionRecord> Read(string repository, int count, ulong? upTo)
    {
        long first = upTo is { } number ? unchecked((long)number) : long.MaxValue, last = first;
        int found = 0;
        using (var numbers = file.Prepare(SelectNumbers))
        {
            numbers.BindText(1, repository).Bind(2, first).Bind(3, count);
            for (; numbers.Step(); found++) last = numbers.GetInt64(0);
        }

        var records = new List<RevisionRecord>();
        if (found == 0) return records;
        using var rows = file.Prepare(SelectRows);
        rows.BindText(1, repository).Bind(2, last).Bind(3, first);
        var arrivals = new Dictionary<(ulong, string), List<RevisionArrival>>();
        while (rows.Step())
        {
            var (revision, root) = (unchecked((ulong)rows.GetInt64(0)), rows.GetString(1));
            if (!arrivals.TryGetValue((revision, root), out var list))
            {
                arrivals[(revision, root)] = list = [];
                records.Add(new RevisionRecord(revision, root, rows.IsNull(5) ? null : Time(rows.GetInt64(5)), list));
            }

            list.Add(new RevisionArrival(rows.GetString(2), Time(rows.GetInt64(3)), rows.IsNull(4) ? null : Time(rows.GetInt64(4))));
        }

        return records;
    }

    /// <summary>Drops what was seen before an instant; what a server has now stays, however old: it would only come back as new.</summary>
    public void Forget(long before)
    {
        using var delete = file.Prepare(DeleteOld);
        delete.Bind(1, before).Run();
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
