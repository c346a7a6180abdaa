// What a monitor remembers, in one SQLite file, or in memory.
//
//   scrapes     every look at a server                           kept for MonitorOptions.KeepScrapes
//   hours       looks summed up by server and hour               kept for MonitorOptions.KeepHours
//   revisions   when a server was first seen with a revision, and when that was published; as long, and the newest for ever
//   days        runs by line, day and status: the page's bars    kept for the page's days of history
//   changes     changes of status, of which the page lists some  as long
//   incidents   from when to when something was not well, and which severities were told; open ones for ever, others as long as hours
//   outbox      alerts that a receiver has yet to take           kept as long as scrapes
//   silences    planned work that was announced to the running monitor; dropped a day after its end
//   state       what judging and tracking need of the round before
//
// Must stay true
//   - A round is one transaction, and so is a look: after a kill there is the one before or the whole one.
//   - A file survives the end of the process, however it comes; of a power failure, all but the last moments. Without a path nothing survives.
using System.Globalization;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>The history of a monitor. Safe for concurrent use; one process at a time should write.</summary>
internal sealed class MonitorDatabase : IAlertOutbox, IDisposable
{
    private const int Version = 2;
    private static readonly string[] s_tables =
    [
        "CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value BLOB NOT NULL)",
        "CREATE TABLE IF NOT EXISTS scrapes (at INTEGER NOT NULL, server TEXT NOT NULL, outcome TEXT NOT NULL, failed INTEGER NOT NULL, duration_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, detail TEXT)",
        "CREATE INDEX IF NOT EXISTS scrapes_at ON scrapes (at)",
        "CREATE INDEX IF NOT EXISTS scrapes_of_server ON scrapes (server, at)",
        "CREATE TABLE IF NOT EXISTS hours (server TEXT NOT NULL, hour INTEGER NOT NULL, runs INTEGER NOT NULL, failed INTEGER NOT NULL, duration_ms INTEGER NOT NULL, longest_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (server, hour)) WITHOUT ROWID",
        RevisionTable.Table,
        .. RevisionTable.Indexes,
        "CREATE TABLE IF NOT EXISTS days (line TEXT NOT NULL, day TEXT NOT NULL, ok INTEGER NOT NULL, degraded INTEGER NOT NULL, warning INTEGER NOT NULL, failed INTEGER NOT NULL, unknown INTEGER NOT NULL, maintenance INTEGER NOT NULL, PRIMARY KEY (line, day)) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS changes (at INTEGER NOT NULL, line TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS incidents (id INTEGER PRIMARY KEY, line TEXT NOT NULL, began_at INTEGER NOT NULL, status TEXT NOT NULL, severity INTEGER NOT NULL, told INTEGER NOT NULL, environment TEXT, message TEXT NOT NULL, ended_at INTEGER, announced_at INTEGER)",
        AlertOutbox.Table,
        "CREATE TABLE IF NOT EXISTS silences (id TEXT PRIMARY KEY, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, document BLOB NOT NULL)",
    ];

    private readonly Lock _gate = new();
    private readonly SqliteFile _file;
    private readonly AlertOutbox _outbox;
    private readonly RevisionTable _revisions;

    private MonitorDatabase(SqliteFile file)
    {
        _file = file;
        _outbox = new AlertOutbox(file);
        _revisions = new RevisionTable(file);
        _file.Transact(() =>
        {
            foreach (string table in s_tables) _file.Execute(table);
        });
    }

    /// <summary>Opens a history, or begins one.</summary>
    /// <param name="path">The file; null for memory only.</param>
    /// <exception cref="CvmfsFormatException">The file is no such database, or a damaged one.</exception>
    /// <exception cref="IOException">It cannot be opened or written.</exception>
    public static MonitorDatabase Open(string? path)
    {
        var file = path is null ? SqliteFile.Create("monitor's history") : SqliteFile.OpenOnDisk(path);
        try
        {
            if (path is not null && Number(file, "PRAGMA user_version") is var version && version != Version)
            {
                if (version is not (0 or 1)) throw new CvmfsFormatException(path, $"is a history of version {version}, expected {Version} or 1.");
                file.Transact(() =>
                {
                    if (version == 1) file.Execute(RevisionTable.Upgrade);
                    file.Execute($"PRAGMA user_version = {Version}");
                });
            }

            return new MonitorDatabase(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes down one look at a server, and the revisions that were new.</summary>
    public void AddScrape(ServerReport report)
    {
        lock (_gate)
        {
            _file.Transact(() =>
            {
                long duration = (long)report.Duration.TotalMilliseconds, bytes = report.Endpoints.Sum(endpoint => endpoint.Bytes), failed = report.IsFailed ? 1 : 0;
                long? before;
                using (var last = _file.Prepare("SELECT at FROM scrapes WHERE server = ?1 AND outcome <> 'unreachable' ORDER BY at DESC LIMIT 1")) before = last.BindText(1, report.Target.Name).Step() ? last.GetInt64(0) : null;
                using (var add = _file.Prepare("INSERT INTO scrapes (at, server, outcome, failed, duration_ms, bytes, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"))
                {
                    add.Bind(1, Milliseconds(report.ScrapedAt)).BindText(2, report.Target.Name).BindText(3, report.Outcome.ToString().ToLowerInvariant()).Bind(4, failed).Bind(5, duration).Bind(6, bytes);
                    (report.Detail is { } detail ? add.BindText(7, detail) : add.BindNull(7)).Run();
                }

                using (var roll = _file.Prepare(
                    "INSERT INTO hours (server, hour, runs, failed, duration_ms, longest_ms, bytes) VALUES (?1, ?2, 1, ?3, ?4, ?4, ?5) ON CONFLICT (server, hour) DO UPDATE SET "
                    + "runs = runs + 1, failed = failed + ?3, duration_ms = duration_ms + ?4, longest_ms = max(longest_ms, ?4), bytes = bytes + ?5"))
                {
                    roll.BindText(1, report.Target.Name).Bind(2, report.ScrapedAt.ToUnixTimeSeconds() / 3600).Bind(3, failed).Bind(4, duration).Bind(5, bytes).Run();
                }

                _revisions.Add(report, before);
            });
        }
    }

    /// <summary>Writes down a round: all of it or nothing.</summary>
    public void AddRound(StatusPageReport report, IEnumerable<Incident> incidents, IEnumerable<(string Receiver, IncidentEvent What)> alerts, params ReadOnlySpan<(string Key, byte[] Value)> state)
    {
        var states = state.ToArray();
        lock (_gate)
        {
            _file.Transact(() =>
            {
                foreach (var (key, value) in states) Put(key, value);
                using (var day = _file.Prepare("INSERT OR REPLACE INTO days (line, day, ok, degraded, warning, failed, unknown, maintenance) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"))
                {
                    foreach (var (line, name, counts) in report.History.RowsOf(report.UpdatedAt))
                    {
                        day.BindText(1, line).BindText(2, name);
                        for (int i = 0; i < counts.Length; i++) day.Bind(3 + i, counts[i]);
                        day.Run();
                    }
                }

                using (var change = _file.Prepare("INSERT INTO changes (at, line, before, after) VALUES (?1, ?2, ?3, ?4)"))
                {
                    foreach (var one in report.History.Changes.Where(one => one.At == report.UpdatedAt).Reverse())
                    {
                        change.Bind(1, Milliseconds(one.At)).BindText(2, one.Line).BindText(3, one.From.Name()).BindText(4, one.To.Name()).Run();
                    }
                }

                foreach (var incident in incidents) Put(incident);
                foreach (var (receiver, what) in alerts) _outbox.Add(receiver, what);
            });
        }
    }

    /// <summary>A receiver has taken an alert, or never will.</summary>
    public void RemoveAlert(string receiver, string key)
    {
        lock (_gate) _outbox.Remove(receiver, key);
    }

    /// <summary>Alerts that a receiver has yet to take, oldest first.</summary>
    public IReadOnlyList<IncidentEvent> ReadAlerts(string receiver, Action<string> isOdd)
    {
        lock (_gate) return _outbox.Read(receiver, isOdd);
    }

    /// <summary>Drops what is older than is kept.</summary>
    public void Forget(DateTimeOffset now, TimeSpan scrapes, TimeSpan hours, int days)
    {
        lock (_gate)
        {
            _file.Transact(() =>
            {
                Delete("DELETE FROM scrapes WHERE at < ?1", Milliseconds(now - scrapes));
                Delete("DELETE FROM hours WHERE hour < ?1", (now - hours).ToUnixTimeSeconds() / 3600);
                _revisions.Forget(Milliseconds(now - hours));
                Delete("DELETE FROM changes WHERE at < ?1", Milliseconds(now.AddDays(-days)));
                Delete("DELETE FROM incidents WHERE ended_at < ?1", Milliseconds(now - hours));
                Delete("DELETE FROM outbox WHERE at < ?1", Milliseconds(now - scrapes)); // of receivers that are no more
                Delete("DELETE FROM silences WHERE to_at < ?1", Milliseconds(now.AddDays(-1)));
                using var old = _file.Prepare("DELETE FROM days WHERE day < ?1");
                old.BindText(1, StatusHistory.Day(now.AddDays(1 - days))).Run();
            });
        }
    }

    public byte[]? Find(string key)
    {
        lock (_gate)
        {
            using var find = _file.Prepare("SELECT value FROM state WHERE key = ?1");
            return find.BindText(1, key).Step() ? find.GetBytes(0).ToArray() : null;
        }
    }

    /// <summary>What the page's bars and list of changes are made of.</summary>
    public StatusHistory ReadHistory()
    {
        lock (_gate)
        {
            var rows = new List<(string, string, int[])>();
            using (var days = _file.Prepare("SELECT line, day, ok, degraded, warning, failed, unknown, maintenance FROM days"))
            {
                while (days.Step()) rows.Add((days.GetString(0), days.GetString(1), [.. Enumerable.Range(2, 6).Select(column => (int)days.GetInt64(column))]));
            }

            var changes = new List<StatusChange>();
            using var last = _file.Prepare("SELECT at, line, before, after FROM changes ORDER BY at DESC, rowid DESC LIMIT 50");
            while (last.Step()) changes.Add(new StatusChange(Time(last.GetInt64(0)), last.GetString(1), Status(last.GetString(2)), Status(last.GetString(3))));
            return StatusHistory.Of(rows, changes);
        }
    }

    /// <summary>Incidents, newest first.</summary>
    public IReadOnlyList<Incident> ReadIncidents(bool onlyOpen, int limit = 1000)
    {
        lock (_gate)
        {
            var incidents = new List<Incident>();
            using var read = _file.Prepare(
                "SELECT id, line, began_at, status, severity, environment, message, ended_at, announced_at, told FROM incidents WHERE ended_at IS NULL OR ?1 = 0 ORDER BY id DESC LIMIT ?2");
            read.Bind(1, onlyOpen ? 1 : 0).Bind(2, limit);
            while (read.Step())
            {
                long told = read.GetInt64(9);
                incidents.Add(new Incident(read.GetInt64(0), read.GetString(1), Time(read.GetInt64(2)))
                {
                    Status = Status(read.GetString(3)),
                    Severity = (AlertSeverity)read.GetInt64(4),
                    Environment = read.IsNull(5) ? null : read.GetString(5),
                    Message = read.GetString(6),
                    EndedAt = read.IsNull(7) ? null : Time(read.GetInt64(7)),
                    AnnouncedAt = read.IsNull(8) ? null : Time(read.GetInt64(8)),
                    Told = Enum.GetValues<AlertSeverity>().Where(severity => (told & (1L << (int)severity)) != 0).ToHashSet(),
                });
            }

            return incidents;
        }
    }

    public long LastIncident
    {
        get
        {
            lock (_gate) return Number(_file, "SELECT coalesce(max(id), 0) FROM incidents");
        }
    }

    /// <summary>Looks that are remembered, newest first.</summary>
    public IReadOnlyList<(DateTimeOffset At, string Outcome, TimeSpan Duration)> ReadScrapes(string server, int limit)
    {
        lock (_gate)
        {
            var scrapes = new List<(DateTimeOffset, string, TimeSpan)>();
            using var read = _file.Prepare("SELECT at, outcome, duration_ms FROM scrapes WHERE server = ?1 ORDER BY at DESC LIMIT ?2");
            read.BindText(1, server).Bind(2, limit);
            while (read.Step()) scrapes.Add((Time(read.GetInt64(0)), read.GetString(1), TimeSpan.FromMilliseconds(read.GetInt64(2))));
            return scrapes;
        }
    }

    /// <summary>Revisions of a repository, newest first: so many at most, from the newest or from one on.</summary>
    public IReadOnlyList<RevisionRecord> ReadRevisions(string repository, int count, ulong? upTo = null)
    {
        lock (_gate) return _revisions.Read(repository, count, upTo);
    }

    /// <summary>Repositories that a server has had another revision of since the last call.</summary>
    public IReadOnlyCollection<string> TakeChangedRepositories()
    {
        lock (_gate) return _revisions.TakeChanged();
    }

    /// <summary>How a statement would be run. For tests.</summary>
    internal string Explain(string sql)
    {
        lock (_gate)
        {
            using var plan = _file.Prepare("EXPLAIN QUERY PLAN " + sql);
            var lines = new List<string>();
            while (plan.Step()) lines.Add(plan.GetString(3));
            return string.Join('\n', lines);
        }
    }

    public void PutSilence(string id, MaintenanceWindow window, byte[] document)
    {
        lock (_gate)
        {
            using var put = _file.Prepare("INSERT OR REPLACE INTO silences (id, from_at, to_at, document) VALUES (?1, ?2, ?3, ?4)");
            put.BindText(1, id).Bind(2, Milliseconds(window.From)).Bind(3, Milliseconds(window.To)).BindBlob(4, document).Run();
        }
    }

    public bool RemoveSilence(string id)
    {
        lock (_gate)
        {
            using var remove = _file.Prepare("DELETE FROM silences WHERE id = ?1");
            remove.BindText(1, id).Run();
            return _file.Changes > 0;
        }
    }

    /// <summary>Silences that are not over, as they were put.</summary>
    public IReadOnlyList<(string Id, byte[] Document)> ReadSilences(DateTimeOffset now)
    {
        lock (_gate)
        {
            var silences = new List<(string, byte[])>();
            using var read = _file.Prepare("SELECT id, document FROM silences WHERE to_at > ?1 ORDER BY from_at, id");
            read.Bind(1, Milliseconds(now));
            while (read.Step()) silences.Add((read.GetString(0), read.GetBytes(1).ToArray()));
            return silences;
        }
    }

    public long Count(string table)
    {
        lock (_gate) return Number(_file, $"SELECT count(*) FROM {table}");
    }

    public void Dispose()
    {
        lock (_gate) _file.Dispose();
    }

    private void Put(string key, byte[] value)
    {
        using var put = _file.Prepare("INSERT OR REPLACE INTO state (key, value) VALUES (?1, ?2)");
        put.BindText(1, key).BindBlob(2, value).Run();
    }

    private void Put(Incident incident)
    {
        using var put = _file.Prepare("INSERT OR REPLACE INTO incidents (id, line, began_at, status, severity, environment, message, ended_at, announced_at, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
        put.Bind(1, incident.Id).BindText(2, incident.Line).Bind(3, Milliseconds(incident.BeganAt)).BindText(4, incident.Status.Name()).Bind(5, (long)incident.Severity).BindText(7, incident.Message);
        _ = incident.Environment is { } environment ? put.BindText(6, environment) : put.BindNull(6);
        _ = incident.EndedAt is { } ended ? put.Bind(8, Milliseconds(ended)) : put.BindNull(8);
        _ = incident.AnnouncedAt is { } announced ? put.Bind(9, Milliseconds(announced)) : put.BindNull(9);
        put.Bind(10, incident.Told.Sum(severity => 1L << (int)severity)).Run();
    }

    private void Delete(string sql, long limit)
    {
        using var delete = _file.Prepare(sql);
        delete.Bind(1, limit).Run();
    }

    private static long Number(SqliteFile file, string sql)
    {
        using var read = file.Prepare(sql);
        return read.Step() ? read.GetInt64(0) : throw new CvmfsFormatException(file.Name, string.Create(CultureInfo.InvariantCulture, $"\"{sql}\" has no answer."));
    }

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static ServiceStatus Status(string name) => ServiceStatusNames.TryParse(name, out var status) ? status : ServiceStatus.Unknown;
}
