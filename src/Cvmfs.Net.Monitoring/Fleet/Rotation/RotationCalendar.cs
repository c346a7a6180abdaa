using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Fleet.Rotation;

/// <summary>The dates on which keys, whitelists and certificates have to be renewed. Immutable.</summary>
/// <remarks>What a fleet file says are keys and maintenance; whitelists and certificates are seen on servers only.</remarks>
public sealed class RotationCalendar
{
    /// <summary>How long before its end a key or certificate should be replaced: the alerts have the same.</summary>
    private static readonly TimeSpan s_notice = TimeSpan.FromDays(30);

    /// <summary>What editions are counted from, in minutes: a later one has a higher number without anybody remembering the last.</summary>
    private static readonly DateTimeOffset s_firstEdition = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FleetDescription _fleet;

    private RotationCalendar(FleetDescription fleet, IReadOnlyList<RotationEvent> events) => (_fleet, Events) = (fleet, events);

    /// <summary>Events, by when to act.</summary>
    public IReadOnlyList<RotationEvent> Events { get; }

    /// <summary>Makes the calendar.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="servers">What its servers were seen to have; empty for what the file alone knows.</param>
    public static RotationCalendar Of(FleetDescription fleet, IReadOnlyList<ServerReport> servers)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(servers);
        var events = Keys(fleet).Concat(Maintenance(fleet)).Concat(fleet.Repositories.Keys.SelectMany(name => Seen(name, servers)));
        return new RotationCalendar(fleet, [.. events.OrderBy(one => one.ActFrom).ThenBy(one => one.At).ThenBy(one => one.Kind).ThenBy(one => one.Subject, StringComparer.Ordinal)]);
    }

    /// <summary>One line an event.</summary>
    /// <param name="from">Only what happens then or later; null for all.</param>
    public string ToText(DateTimeOffset? from = null)
    {
        var text = new StringBuilder("act from    on          what         which\n");
        foreach (var one in Events.Where(one => from is null || one.At >= from))
        {
            text.Append(CultureInfo.InvariantCulture, $"{one.ActFrom:yyyy-MM-dd}  {one.At:yyyy-MM-dd}  {one.Kind.ToString().ToLowerInvariant(),-11}  {one.Subject}: {one.Message}\n");
        }

        return text.ToString();
    }

    /// <summary>The calendar as RFC 5545 has it: for each event the time between when to act and when it happens.</summary>
    /// <param name="madeAt">When what it says was looked up, by which programs that have an earlier one tell which of the two is right; null for the same bytes from the same fleet.</param>
    /// <remarks>An event has the same UID however its date or text change, so that a program which imports the calendar again moves the event and has no second one.</remarks>
    public string ToICalendar(DateTimeOffset? madeAt = null)
    {
        var text = new StringBuilder();
        Line(text, "BEGIN:VCALENDAR");
        Line(text, "VERSION:2.0");
        Line(text, $"PRODID:-//Cvmfs.Net//fleet {_fleet.Digest}//EN");
        Line(text, $"X-WR-CALNAME:{Escape(_fleet.Name)}");
        foreach (var one in Events)
        {
            Line(text, "BEGIN:VEVENT");
            Line(text, $"UID:{Escape(one.Key)}@{Uri.EscapeDataString(_fleet.Name)}.fleet");
            Line(text, $"DTSTAMP:{Stamp(madeAt ?? one.ActFrom)}"); // has to be there, and must not differ each time
            if (madeAt is { } made)
            {
                Line(text, $"LAST-MODIFIED:{Stamp(made)}");
                Line(text, string.Create(CultureInfo.InvariantCulture, $"SEQUENCE:{Math.Max(0, (long)(made - s_firstEdition).TotalMinutes)}"));
            }

            Line(text, $"DTSTART:{Stamp(one.ActFrom)}");
            if (one.At > one.ActFrom) Line(text, $"DTEND:{Stamp(one.At)}"); // an end at the beginning is not allowed
            Line(text, $"SUMMARY:{Escape($"{one.Subject}: {one.Message}")}");
            Line(text, "TRANSP:TRANSPARENT");
            Line(text, "END:VEVENT");
        }

        Line(text, "END:VCALENDAR");
        return text.ToString();
    }

    private static IEnumerable<RotationEvent> Keys(FleetDescription fleet)
    {
        foreach (var key in fleet.Keys.Values)
        {
            if (key is { State: "next", ValidFrom: { } from }) yield return new RotationEvent(from, from, RotationKind.Key, key.Id, "is to sign from now on; make it active when clients have had it for a while") { IsBegin = true };
            if (key.ValidUntil is not { } until) continue;
            yield return key.State == "retired"
                ? new RotationEvent(until, until, RotationKind.Key, key.Id, "is retired, and clients lose it")
                : new RotationEvent(until - s_notice, until, RotationKind.Key, key.Id, "ends; ship the next key to clients, then sign whitelists with that");
        }
    }

    private static IEnumerable<RotationEvent> Maintenance(FleetDescription fleet)
        => FleetMaintenance.Of(fleet).Select(window => new RotationEvent(window.From, window.To, RotationKind.Maintenance, window.Id, $"{(window.Text.Length > 0 ? window.Text : "maintenance")} ({string.Join(", ", window.Servers.Concat(window.Repositories))})"));

    private static IEnumerable<RotationEvent> Seen(string repository, IReadOnlyList<ServerReport> servers)
    {
        var reports = servers.SelectMany(server => server.Repositories).Where(report => report.Name.ToString() == repository).ToList();
        // Replicas follow the newest: an older list on one of them is that replica's fault, and another alert.
        if (reports.Select(report => report.Whitelist).OfType<Trust.Whitelist>().MaxBy(list => list.ExpiresAt) is { } whitelist)
        {
            var third = (whitelist.ExpiresAt - (whitelist.CreatedAt ?? whitelist.ExpiresAt - s_notice)) / 3; // a list that does not say when it was made is taken for a usual one
            yield return new RotationEvent(whitelist.ExpiresAt - third, whitelist.ExpiresAt, RotationKind.Whitelist, repository, "its whitelist expires, and clients stop; sign it again");
        }

        if (reports.Select(report => report.Trust.CertificateNotAfter).Max() is { } end)
        {
            yield return new RotationEvent(end - s_notice, end, RotationKind.Certificate, repository, "the certificate of its publisher ends; put a new one on the whitelist, then sign with it");
        }
    }

    private static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).ReplaceLineEndings("\\n");

    /// <summary>A line of at most 75 bytes; the rest follows on lines that begin with a blank.</summary>
    private static void Line(StringBuilder text, string line)
    {
        const int maxBytes = 75;
        int bytes = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > maxBytes)
            {
                text.Append("\r\n ");
                bytes = 1;
            }

            text.Append(rune);
            bytes += rune.Utf8SequenceLength;
        }

        text.Append("\r\n");
    }
}
