using Cvmfs.Net.Databases;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>The table of alerts that a receiver has yet to take. It has no secret: where a receiver is reached is not in it. Callers hold the database's lock.</summary>
internal sealed class AlertOutbox(SqliteFile file)
{
    public const string Table =
        "CREATE TABLE IF NOT EXISTS outbox (receiver TEXT NOT NULL, key TEXT NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL, previous TEXT NOT NULL, incident INTEGER NOT NULL, line TEXT NOT NULL, "
        + "began_at INTEGER NOT NULL, status TEXT NOT NULL, severity INTEGER NOT NULL, environment TEXT, message TEXT NOT NULL, PRIMARY KEY (receiver, key)) WITHOUT ROWID";

    public void Add(string receiver, IncidentEvent what)
    {
        var incident = what.Incident;
        using var add = file.Prepare(
            "INSERT OR REPLACE INTO outbox (receiver, key, kind, at, previous, incident, line, began_at, status, severity, environment, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
        add.BindText(1, receiver).BindText(2, what.Key).Bind(3, (long)what.Kind).Bind(4, what.At.ToUnixTimeMilliseconds()).BindText(5, what.Previous.Name()).Bind(6, incident.Id)
            .BindText(7, incident.Line).Bind(8, incident.BeganAt.ToUnixTimeMilliseconds()).BindText(9, incident.Status.Name()).Bind(10, (long)incident.Severity).BindText(12, incident.Message);
        (incident.Environment is { } environment ? add.BindText(11, environment) : add.BindNull(11)).Run();
    }

    public void Remove(string receiver, string key)
    {
        using var remove = file.Prepare("DELETE FROM outbox WHERE receiver = ?1 AND key = ?2");
        remove.BindText(1, receiver).BindText(2, key).Run();
    }

    /// <summary>What a receiver has yet to take, oldest first. Rows that are no alerts are passed over, and told.</summary>
    public IReadOnlyList<IncidentEvent> Read(string receiver, Action<string> isOdd)
    {
        var left = new List<IncidentEvent>();
        using var read = file.Prepare("SELECT kind, at, previous, incident, line, began_at, status, severity, environment, message FROM outbox WHERE receiver = ?1 ORDER BY at, incident");
        read.BindText(1, receiver);
        while (read.Step())
        {
            try
            {
                left.Add(ReadRow(read));
            }
            catch (Exception odd) when (odd is CvmfsFormatException or ArgumentOutOfRangeException)
            {
                isOdd($"{file.Name}: outbox, an alert for receiver {receiver} cannot be read and is left there: {odd.Message}");
            }
        }

        return left;
    }

    private static IncidentEvent ReadRow(SqliteStatement row)
    {
        var incident = new Incident(row.GetInt64(3), row.GetString(4), Time(row.GetInt64(5)))
        {
            Status = Status(row.GetString(6)),
            Severity = Known<AlertSeverity>(row.GetInt64(7)),
            Environment = row.IsNull(8) ? null : row.GetString(8),
            Message = row.GetString(9),
        };
        return new IncidentEvent(Known<IncidentEventKind>(row.GetInt64(0)), incident, Status(row.GetString(2)), Time(row.GetInt64(1)));
    }

    private static T Known<T>(long number) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) == number) return value;
        }

        throw new ArgumentOutOfRangeException(nameof(number), number, $"is no {typeof(T).Name}");
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static ServiceStatus Status(string name) => ServiceStatusNames.TryParse(name, out var status) ? status : ServiceStatus.Unknown;
}
