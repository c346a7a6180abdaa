using System.Buffers;
using System.Text.Json;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Scheduling;
using Stratum1Replicator.Operation;

namespace Stratum1Replicator.Web;

/// <summary>Status and health for programs. Times are ISO 8601 in UTC, spans are seconds; what is not known is left out.</summary>
internal static class StatusJson
{
    public static ReadOnlyMemory<byte> Health(IReadOnlyList<HealthCondition> conditions) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("status", Name(HealthEvaluation.LevelOf(conditions)));
        WriteConditions(json, conditions);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Status(StatusView view) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("host", view.Host);
        json.WriteString("version", view.Version);
        json.WriteString("now", view.Now.UtcDateTime);
        json.WriteString("started_at", view.StartedAt.UtcDateTime);
        json.WriteString("status", Name(view.Level));
        WriteConditions(json, view.Conditions);
        json.WriteStartArray("replicas");
        foreach (var replica in view.Replicas) Write(json, replica, view.Now);
        json.WriteEndArray();
        json.WriteStartArray("volumes");
        foreach (var (volume, level) in view.Disks)
        {
            json.WriteStartObject();
            json.WriteString("path", volume.Path);
            json.WriteNumber("free_bytes", volume.FreeBytes);
            json.WriteNumber("capacity_bytes", volume.CapacityBytes);
            json.WriteString("status", Name(level));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static ArraySegment<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true })) write(json);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Name(HealthLevel level) => level switch { HealthLevel.Ok => "ok", HealthLevel.Warning => "warning", _ => "failed" };

    private static void WriteConditions(Utf8JsonWriter json, IReadOnlyList<HealthCondition> conditions)
    {
        json.WriteStartArray("conditions");
        foreach (var condition in conditions)
        {
            json.WriteStartObject();
            json.WriteString("level", Name(condition.Level));
            if (condition.Replica is { } replica) json.WriteString("replica", replica);
            json.WriteString("code", condition.Code);
            json.WriteString("message", condition.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ReplicaView replica, DateTimeOffset now)
    {
        var (facts, moment) = (replica.Facts, replica.Moment);
        json.WriteStartObject();
        json.WriteString("alias", replica.Alias);
        json.WriteString("repository", replica.Name);
        if (replica.Upstream is { } upstream) json.WriteString("upstream", upstream);
        if (replica.Group is { } group) json.WriteString("group", group);
        json.WriteBoolean("active", replica.IsActive);
        json.WriteString("status", Name(replica.Level));
        if (facts.Manifest is { } manifest) json.WriteNumber("revision", manifest.Revision);
        if (moment.UpstreamRevision is { } offered) json.WriteNumber("upstream_revision", offered);
        json.WriteNumber("lag_seconds", moment.BehindSince is { } behind ? Math.Max(0, (long)(now - behind).TotalSeconds) : 0);
        WriteTime(json, "whitelist_expires_at", facts.WhitelistExpiresAt);
        WriteTime(json, "last_snapshot", facts.LastSnapshot);
        WriteTime(json, "last_gc", facts.LastCollection);
        WriteTime(json, "last_check", facts.LastCheck);
        if (facts.CheckSucceeded is { } succeeded) json.WriteBoolean("check_succeeded", succeeded);
        json.WriteNumber("consecutive_failures", moment.FailuresInARow);
        if (moment.LastSnapshot is { } last) json.WriteString("last_outcome", last.Outcome.ToString());
        if (moment.SnapshotSince is { } since) WriteSnapshot(json, since, moment.Progress);
        if (moment.Maintenance is { } kind) WriteMaintenance(json, kind, moment);
        json.WriteStartObject("maintenance_ended");
        foreach (var (ended, end) in moment.Ends)
        {
            json.WriteStartObject(ended.ToString().ToLowerInvariant());
            json.WriteString("at", end.At.UtcDateTime);
            json.WriteBoolean("succeeded", end.Result.Succeeded);
            json.WriteBoolean("complete", end.Result.IsWhole);
            json.WriteString("message", end.Result.Message);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("last_errors");
        foreach (var error in moment.Errors)
        {
            json.WriteStartObject();
            json.WriteString("at", error.At.UtcDateTime);
            json.WriteString("what", error.What);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSnapshot(Utf8JsonWriter json, DateTimeOffset since, SnapshotProgress? progress)
    {
        json.WriteStartObject("snapshot");
        json.WriteString("started_at", since.UtcDateTime);
        if (progress is not null)
        {
            json.WriteString("phase", progress.Phase.ToString().ToLowerInvariant());
            json.WriteNumber("revision", progress.Revision);
            json.WriteNumber("objects_fetched", progress.ObjectsFetched);
            json.WriteNumber("bytes_fetched", progress.BytesFetched);
            json.WriteNumber("catalogs_waiting", progress.CatalogsWaiting);
            json.WriteNumber("references_known", progress.ReferencesKnown);
            json.WriteNumber("references_done", progress.ReferencesDone);
            json.WriteNumber("failures", progress.Failures);
        }

        json.WriteEndObject();
    }

    private static void WriteMaintenance(Utf8JsonWriter json, MaintenanceKind kind, ActivityMoment moment)
    {
        json.WriteStartObject("maintenance");
        json.WriteString("kind", kind.ToString().ToLowerInvariant());
        json.WriteString("started_at", moment.MaintenanceSince!.Value.UtcDateTime);
        if (moment.MaintenanceProgress is { } text) json.WriteString("progress", text);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known) json.WriteString(name, known.UtcDateTime);
    }
}
