using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Makes incidents out of what pages say, and tells which of it is news. Not thread-safe.</summary>
/// <remarks>
/// <para>Pages are damped already, so what is here is confirmed. Not knowing changes nothing.</para>
/// <para>Whoever was told of a beginning is told of the end, whatever the end is: well again, planned work, or no longer looked at. A pager that
/// was not told would ring for ever. What planned work hides is only what begins in it.</para>
/// </remarks>
internal sealed class IncidentTracker
{
    private static readonly TimeSpan s_repeatPage = TimeSpan.FromHours(4);
    private static readonly TimeSpan s_repeatOther = TimeSpan.FromHours(24);

    private readonly Dictionary<string, Incident> _open;
    private long _lastId;

    /// <summary>Goes on from what was open.</summary>
    public IncidentTracker(IEnumerable<Incident> open, long lastId)
    {
        _open = open.ToDictionary(incident => incident.Line, StringComparer.Ordinal);
        _lastId = lastId;
    }

    /// <summary>What goes on, by line.</summary>
    public IEnumerable<Incident> Open => _open.Values.OrderBy(incident => incident.Line, StringComparer.Ordinal);

    /// <summary>Takes in the statuses of a round.</summary>
    /// <param name="lines">Everything that has a status.</param>
    /// <param name="now">When.</param>
    /// <param name="ended">Incidents that are over.</param>
    /// <param name="isWhole">Whether a line that is not there is no longer looked at. False while some have yet to be looked at for the first time.</param>
    public IReadOnlyList<IncidentEvent> Observe(IEnumerable<IncidentLine> lines, DateTimeOffset now, out IReadOnlyList<Incident> ended, bool isWhole = true)
    {
        var events = new List<IncidentEvent>();
        var over = new List<Incident>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            seen.Add(line.Name);
            Observe(line, now, events, over);
        }

        if (isWhole)
        {
            foreach (var gone in _open.Values.Where(incident => !seen.Contains(incident.Line)).OrderBy(incident => incident.Line, StringComparer.Ordinal).ToList()) End(gone, ServiceStatus.Unknown, now, events, over);
        }

        ended = over;
        return events;
    }

    private void Observe(IncidentLine line, DateTimeOffset now, List<IncidentEvent> events, List<Incident> over)
    {
        var before = _open.GetValueOrDefault(line.Name);
        if (line.Status == ServiceStatus.Unknown) return;
        if (line.Status is ServiceStatus.Ok or ServiceStatus.Maintenance)
        {
            if (before is not null) End(before, line.Status, now, events, over);
            return;
        }

        var severity = SeverityOf(line);
        if (before is null)
        {
            Announce(IncidentEventKind.Opened, new Incident(++_lastId, line.Name, now) { Status = line.Status, Severity = severity, Environment = line.Environment, Message = line.Message }, ServiceStatus.Ok);
            return;
        }

        var current = before with { Status = line.Status, Severity = severity, Message = line.Message };
        _open[line.Name] = current;
        if (before.Status != line.Status) Announce(IncidentEventKind.Changed, current, before.Status);
        else if (now - (before.AnnouncedAt ?? before.BeganAt) >= (severity == AlertSeverity.Page ? s_repeatPage : s_repeatOther)) Announce(IncidentEventKind.Repeated, current, before.Status);

        void Announce(IncidentEventKind kind, Incident incident, ServiceStatus previous)
        {
            incident = incident with { AnnouncedAt = now, Told = new HashSet<AlertSeverity>(incident.Told) { incident.Severity } };
            _open[line.Name] = incident;
            events.Add(new IncidentEvent(kind, incident, previous, now));
        }
    }

    /// <summary>Ends an incident; <paramref name="status"/> says how it is since: well, planned, or unknown where nobody looks any more.</summary>
    private void End(Incident incident, ServiceStatus status, DateTimeOffset now, List<IncidentEvent> events, List<Incident> over)
    {
        var closed = incident with { EndedAt = now };
        _open.Remove(incident.Line);
        over.Add(closed);
        events.Add(new IncidentEvent(IncidentEventKind.Resolved, closed with { Status = status }, incident.Status, now));
    }

    private static AlertSeverity SeverityOf(IncidentLine line) => line.Status switch
    {
        ServiceStatus.Failed => line.IsCritical ? AlertSeverity.Page : AlertSeverity.Ticket,
        ServiceStatus.Warning => AlertSeverity.Ticket,
        _ => AlertSeverity.Info,
    };
}

/// <summary>One thing that has a status.</summary>
/// <param name="Name">A line of the history.</param>
/// <param name="Status">Its status, damped.</param>
/// <param name="IsCritical">Whether its failure wakes somebody.</param>
/// <param name="Environment">Its environment; null for none.</param>
/// <param name="Message">What was found.</param>
internal sealed record IncidentLine(string Name, ServiceStatus Status, bool IsCritical, string? Environment, string Message);
