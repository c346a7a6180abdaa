using System.Globalization;
using System.Text.Json;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>What the page said before, read from its own <c>status.json</c>: since when replicas are behind, and what failed servers had last.</summary>
public sealed class PreviousStatus
{
    private readonly Dictionary<string, (DateTimeOffset? LastSeen, List<StatusPageCell> Cells)> _servers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServiceStatus> _statuses = new(StringComparer.Ordinal);

    private readonly List<PendingStatus> _pending = [];

    private PreviousStatus()
    {
    }

    /// <summary>Nothing is known.</summary>
    public static PreviousStatus None { get; } = new();

    /// <summary>Reads a <c>status.json</c>; whatever in it is not ours is passed over.</summary>
    /// <exception cref="CvmfsFormatException">No JSON.</exception>
    public static PreviousStatus Parse(ReadOnlyMemory<byte> json, string file = "status.json")
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var previous = new PreviousStatus();
            var updated = Time(document.RootElement, "last_update");
            foreach (var server in Items(document.RootElement, "servers"))
            {
                previous.Read(server, updated);
                previous.Note(StatusHistory.ServerLine(Text(server, "name") ?? ""), server);
            }

            foreach (var repository in Items(document.RootElement, "repositories")) previous.Note(StatusHistory.RepositoryLine(Text(repository, "name") ?? ""), repository);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return previous;
            if (document.RootElement.TryGetProperty("eessi_status", out var overall)) previous.Note(StatusHistory.OverallLine, overall);
            foreach (var (key, role) in ((string, ServerRole)[])[("stratum0", ServerRole.Stratum0), ("stratum1", ServerRole.Stratum1), ("syncservers", ServerRole.SyncServer)])
            {
                if (document.RootElement.TryGetProperty(key, out var panel)) previous.Note(StatusHistory.PanelLine(role), panel);
            }

            foreach (var one in Items(document.RootElement, "pending"))
            {
                if (Text(one, "line") is not { } line || Time(one, "since") is not { } since || !ServiceStatusNames.TryParse(Text(one, "status"), out var status)) continue;
                previous._pending.Add(new PendingStatus(line, status, since));
            }

            return previous;
        }
        catch (JsonException odd)
        {
            throw new CvmfsFormatException(file, $"line {(odd.LineNumber ?? 0) + 1}: no JSON.", null, odd);
        }
    }

    /// <summary>Statuses by line of the history, as they were.</summary>
    public IReadOnlyDictionary<string, ServiceStatus> Statuses => _statuses;

    /// <summary>What was seen once and is not published yet.</summary>
    public IReadOnlyList<PendingStatus> Pending => _pending;

    /// <summary>When something came from a server for the last time.</summary>
    public DateTimeOffset? LastSeen(string server) => _servers.GetValueOrDefault(server).LastSeen;

    /// <summary>What a server had.</summary>
    internal IReadOnlyList<StatusPageCell> CellsOf(string server) => _servers.TryGetValue(server, out var known) ? known.Cells : [];

    /// <summary>What a server had of a repository.</summary>
    internal StatusPageCell? Find(string server, RepositoryName repository) => CellsOf(server).FirstOrDefault(cell => cell.Repository == repository);

    private void Note(string line, JsonElement at)
    {
        if (Text(at, "status") is { } name) _statuses[line] = ServiceStatusNames.TryParse(name, out var status) ? status : ServiceStatus.Unknown;
    }

    private void Read(JsonElement server, DateTimeOffset? updated)
    {
        if (Text(server, "name") is not { } name) return;
        var cells = new List<StatusPageCell>();
        foreach (var item in Items(server, "repositories"))
        {
            if (!RepositoryName.TryParse(Text(item, "name"), out var repository)) continue;
            cells.Add(new StatusPageCell
            {
                Repository = repository,
                Status = ServiceStatus.Unknown,
                Revision = Number(item, "revision"),
                RootHash = Text(item, "root_hash"),
                RootCatalogBytes = Number(item, "root_catalog_bytes"),
                PublishedAt = Time(item, "published_at"),
                Distance = Number(item, "distance"),
                BehindSince = Time(item, "behind_since"),
                LastSnapshot = Time(item, "last_snapshot"),
                LastGarbageCollection = Time(item, "last_gc"),
                WhitelistIssued = Time(item, "whitelist_issued"),
                WhitelistExpires = Time(item, "whitelist_expires"),
                SeenAt = Time(item, "seen_at") ?? updated,
            });
        }

        _servers[name] = (Time(server, "last_seen"), cells);
    }

    private static IEnumerable<JsonElement> Items(JsonElement at, string key)
        => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : Enumerable.Empty<JsonElement>();

    private static string? Text(JsonElement at, string key)
        => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ulong? Number(JsonElement at, string key)
        => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number : null;

    private static DateTimeOffset? Time(JsonElement at, string key)
        => DateTimeOffset.TryParse(Text(at, key), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}
