using System.Globalization;
using System.Text.Json;
using Cvmfs.Net.Replication;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>A snapshot's report as one JSON object. Keys are only ever added.</summary>
internal static class SnapshotReportJson
{
    public static async Task WriteAsync(Stream output, SnapshotReport report, CancellationToken cancellationToken)
    {
        await using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            Write(json, report);
            await json.FlushAsync(cancellationToken);
        }

        await output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    public static void Write(Utf8JsonWriter json, SnapshotReport report)
    {
        json.WriteStartObject();
        WriteEnding(json, report);
        WriteRevisions(json, report);
        WriteTimes(json, report);
        WriteWork(json, report);
        WriteTrouble(json, report);
        json.WriteEndObject();
    }

    private static void WriteEnding(Utf8JsonWriter json, SnapshotReport report)
    {
        json.WriteString("repository", report.Repository);
        json.WriteString("upstream", report.Upstream);
        json.WriteString("outcome", Name(report.Outcome));
        json.WriteNumber("exit_code", ReplicaOutcomes.ExitCodeOf(report.Outcome));
        json.WriteString("message", report.Message);
    }

    private static void WriteRevisions(Utf8JsonWriter json, SnapshotReport report)
    {
        if (report.PreviousRevision is { } previous) json.WriteNumber("previous_revision", previous);
        if (report.Revision is { } revision) json.WriteNumber("revision", revision);
        if (report.UpstreamRevision is { } offered) json.WriteNumber("upstream_revision", offered);
        json.WriteNumber("revisions_stored", report.RevisionsStored);
        json.WriteNumber("revisions_collected", report.RevisionsCollected);
        json.WriteNumber("revisions_pruned", report.RevisionsPruned);
        json.WriteNumber("tags", report.Tags);
        json.WriteBoolean("initial", report.IsInitial);
        json.WriteBoolean("whitelist_renewed", report.WhitelistRenewed);
        if (report.WhitelistExpiresAt is { } expires) json.WriteString("whitelist_expires_at", Text(expires));
    }

    private static void WriteTimes(Utf8JsonWriter json, SnapshotReport report)
    {
        json.WriteString("started_at", Text(report.StartedAt));
        json.WriteNumber("duration_seconds", report.Duration.TotalSeconds);
        json.WriteStartObject("phases");
        json.WriteNumber("lock_wait_seconds", report.LockWaitDuration.TotalSeconds);
        json.WriteNumber("verify_seconds", report.VerifyDuration.TotalSeconds);
        json.WriteNumber("transfer_seconds", report.TransferDuration.TotalSeconds);
        json.WriteNumber("publish_seconds", report.PublishDuration.TotalSeconds);
        json.WriteEndObject();
    }

    private static void WriteWork(Utf8JsonWriter json, SnapshotReport report)
    {
        json.WriteNumber("catalogs_fetched", report.CatalogsFetched);
        json.WriteNumber("catalogs_known", report.CatalogsKnown);
        json.WriteNumber("catalogs_filtered_out", report.CatalogsFilteredOut);
        json.WriteBoolean("partial", report.IsPartial);
        json.WriteNumber("objects_fetched", report.ObjectsFetched);
        json.WriteNumber("objects_known", report.ObjectsKnown);
        json.WriteNumber("bytes_fetched", report.BytesFetched);
        json.WriteStartArray("slowest");
        foreach (var slow in report.SlowestTransfers)
        {
            json.WriteStartObject();
            json.WriteString("object", slow.Object.ToString());
            json.WriteString("url", slow.Url);
            json.WriteNumber("bytes", slow.Bytes);
            json.WriteNumber("seconds", slow.Duration.TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTrouble(Utf8JsonWriter json, SnapshotReport report)
    {
        json.WriteStartObject("repetitions");
        foreach (var (fault, count) in report.Repetitions.OrderBy(one => one.Key)) json.WriteNumber(Name(fault), count);
        json.WriteEndObject();
        json.WriteNumber("failure_count", report.FailureCount);
        json.WriteStartObject("failures_by_reason");
        foreach (var (reason, count) in report.FailuresByReason.OrderBy(one => one.Key)) json.WriteNumber(Name(reason), count);
        json.WriteEndObject();
        json.WriteStartArray("failures");
        foreach (var failure in report.Failures)
        {
            json.WriteStartObject();
            json.WriteString("object", failure.Object.ToString());
            json.WriteString("reason", Name(failure.Reason));
            if (failure.Url is { } url) json.WriteString("url", url);
            if (failure.Catalog is { } catalog) json.WriteString("catalog", catalog);
            json.WriteString("message", failure.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
