using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>How often each status was seen, by day, server and repository. Immutable; kept as <c>history.json</c> beside the page.</summary>
public sealed class StatusHistory
{
    /// <summary>Name of the line that counts the overall status.</summary>
    public const string OverallLine = "overall";

    private const string DayFormat = "yyyy-MM-dd";
    private const int MaxChanges = 50;

    private readonly SortedDictionary<string, SortedDictionary<string, int[]>> _lines;

    private StatusHistory(SortedDictionary<string, SortedDictionary<string, int[]>> lines, IReadOnlyList<StatusChange> changes)
        => (_lines, Changes) = (lines, changes);

    /// <summary>Nothing is known.</summary>
    public static StatusHistory Empty { get; } = new(new(StringComparer.Ordinal), []);

    /// <summary>The last changes, newest first.</summary>
    public IReadOnlyList<StatusChange> Changes { get; }

    /// <summary>Name of a server's line.</summary>
    public static string ServerLine(string server) => "server/" + server;

    /// <summary>Name of a repository's line.</summary>
    public static string RepositoryLine(string repository) => "repository/" + repository;

    /// <summary>Name of the line of all servers of a role.</summary>
    internal static string PanelLine(ServerRole role) => "panel/" + role.Name();

    /// <summary>A history out of rows that somebody else keeps.</summary>
    internal static StatusHistory Of(IEnumerable<(string Line, string Day, int[] Counts)> rows, IReadOnlyList<StatusChange> changes)
    {
        var lines = new SortedDictionary<string, SortedDictionary<string, int[]>>(StringComparer.Ordinal);
        foreach (var (line, day, counts) in rows)
        {
            if (!lines.TryGetValue(line, out var days)) lines[line] = days = new(StringComparer.Ordinal);
            days[day] = counts;
        }

        return new StatusHistory(lines, changes);
    }

    /// <summary>What a day's rows are.</summary>
    internal IEnumerable<(string Line, string Day, int[] Counts)> RowsOf(DateTimeOffset day)
    {
        string name = Day(day);
        foreach (var (line, days) in _lines)
        {
            if (days.TryGetValue(name, out int[]? counts)) yield return (line, name, counts);
        }
    }

    /// <summary>Reads <c>history.json</c>.</summary>
    /// <exception cref="CvmfsFormatException">No JSON, or none of this form.</exception>
    public static StatusHistory Parse(ReadOnlyMemory<byte> json, string file = "history.json")
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var lines = new SortedDictionary<string, SortedDictionary<string, int[]>>(StringComparer.Ordinal);
            foreach (var line in document.RootElement.GetProperty("lines").EnumerateObject())
            {
                var days = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
                foreach (var day in line.Value.EnumerateObject()) days[day.Name] = ReadCounts(day.Value);
                lines[line.Name] = days;
            }

            return new StatusHistory(lines, [.. document.RootElement.GetProperty("changes").EnumerateArray().Select(StatusChange.Read)]);
        }
        catch (Exception odd) when (odd is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CvmfsFormatException(file, "is no history of a status page.", null, odd);
        }
    }

    /// <summary>The same with one more run counted, and days beyond the limit dropped.</summary>
    /// <param name="report">The run.</param>
    /// <param name="previous">Statuses that changes are told from: those of the run before; lines that it has not are new, not changed.</param>
    public StatusHistory With(StatusPageReport report, IReadOnlyDictionary<string, ServiceStatus> previous)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(previous);
        string today = Day(report.UpdatedAt);
        string oldest = Day(report.UpdatedAt.AddDays(1 - report.Configuration.HistoryDays));
        var lines = new SortedDictionary<string, SortedDictionary<string, int[]>>(StringComparer.Ordinal);
        var changes = new List<StatusChange>();
        foreach (var (name, status) in LinesOf(report))
        {
            var days = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
            foreach (var (day, counts) in _lines.GetValueOrDefault(name) ?? [])
            {
                if (string.CompareOrdinal(day, oldest) >= 0) days[day] = [.. counts];
            }

            if (!days.TryGetValue(today, out int[]? now)) days[today] = now = new int[Columns.Length];
            now[Array.IndexOf(Columns, status)]++;
            lines[name] = days;
            if (previous.TryGetValue(name, out var before) && before != status) changes.Add(new StatusChange(report.UpdatedAt, name, before, status));
        }

        return new StatusHistory(lines, [.. changes.Concat(Changes).Take(MaxChanges)]);
    }

    /// <summary>Share of runs of a day, 0 to 1, in which a line was usable; null where there were none that could tell. Planned work does not count.</summary>
    public double? Availability(string line, DateTimeOffset day)
    {
        if (_lines.GetValueOrDefault(line)?.GetValueOrDefault(Day(day)) is not { } counts) return null;
        int usable = counts[0] + counts[1] + counts[2], measured = usable + counts[3];
        return measured == 0 ? null : (double)usable / measured;
    }

    /// <summary>The worst status of a day that lasted for at least a twentieth of its runs; null where there were none.</summary>
    public ServiceStatus? Typical(string line, DateTimeOffset day)
    {
        if (_lines.GetValueOrDefault(line)?.GetValueOrDefault(Day(day)) is not { } counts) return null;
        int runs = counts.Sum();
        return Columns.Where((_, i) => counts[i] * 20 >= runs && counts[i] > 0).OrderByDescending(ServiceStatusNames.Rank).Cast<ServiceStatus?>().FirstOrDefault();
    }

    /// <summary>Whether anything is known of a line before a day.</summary>
    public bool Knows(string line) => _lines.ContainsKey(line);

    /// <summary>The document, UTF-8. The same history gives the same text.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", 1);
            json.WriteStartArray("columns");
            foreach (var column in Columns) json.WriteStringValue(column.Name());
            json.WriteEndArray();
            json.WriteStartObject("lines");
            foreach (var (name, days) in _lines)
            {
                json.WriteStartObject(name);
                foreach (var (day, counts) in days)
                {
                    json.WriteStartArray(day);
                    foreach (int count in counts) json.WriteNumberValue(count);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartArray("changes");
            foreach (var change in Changes) change.Write(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Everything that has a line, with its status in a run.</summary>
    internal static IEnumerable<(string Line, ServiceStatus Status)> LinesOf(StatusPageReport report)
        => report.Servers.Select(server => (ServerLine(server.Name), server.Status))
            .Concat(report.Repositories.Select(repository => (RepositoryLine(repository.Name.ToString()), repository.Status)))
            .Prepend((OverallLine, report.Overall)).DistinctBy(line => line.Item1);

    private static readonly ServiceStatus[] Columns =
        [ServiceStatus.Ok, ServiceStatus.Degraded, ServiceStatus.Warning, ServiceStatus.Failed, ServiceStatus.Unknown, ServiceStatus.Maintenance];

    private static int[] ReadCounts(JsonElement counts)
    {
        int[] read = [.. counts.EnumerateArray().Select(count => count.GetInt32())];
        return read.Length == Columns.Length ? read : throw new FormatException($"{read.Length} columns, expected {Columns.Length}");
    }

    internal static string Day(DateTimeOffset time) => time.UtcDateTime.ToString(DayFormat, CultureInfo.InvariantCulture);
}
