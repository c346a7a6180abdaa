using System.Text.Json;
using Cvmfs.Net.Replication.Collection;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>A collection's report as one JSON object. Keys are only ever added.</summary>
internal static class CollectionReportJson
{
    public static void Write(Utf8JsonWriter json, CollectionReport report)
    {
        json.WriteStartObject();
        json.WriteString("repository", report.Repository);
        json.WriteString("outcome", ReportOutcomes.Name(report.Outcome));
        json.WriteNumber("exit_code", ReportOutcomes.ExitCodeOf(report.Outcome));
        json.WriteString("message", report.Message);
        json.WriteBoolean("dry_run", report.DryRun);
        if (report.Revision is { } revision) json.WriteNumber("revision", revision);
        json.WriteString("started_at", JsonOutput.Time(report.StartedAt));
        json.WriteNumber("duration_seconds", report.Duration.TotalSeconds);
        json.WriteNumber("mark_seconds", report.MarkDuration.TotalSeconds);
        json.WriteNumber("lock_wait_seconds", report.LockWaitDuration.TotalSeconds);
        json.WriteNumber("locked_seconds", report.LockedDuration.TotalSeconds);
        json.WriteNumber("revisions_kept", report.RevisionsKept);
        json.WriteNumber("tags_kept", report.TagsKept);
        json.WriteNumber("catalogs_kept", report.CatalogsKept);
        json.WriteNumber("references_read", report.ReferencesRead);
        json.WriteNumber("roots_condemned", report.RootsCondemned);
        json.WriteNumber("catalogs_condemned", report.CatalogsCondemned);
        json.WriteNumber("objects_condemned", report.ObjectsCondemned);
        json.WriteNumber("objects_unreferenced", report.ObjectsUnreferenced);
        json.WriteNumber("objects_spared", report.ObjectsSpared);
        json.WriteNumber("objects_removed", report.ObjectsRemoved);
        json.WriteNumber("bytes_condemned", report.BytesCondemned);
        json.WriteNumber("bytes_unreferenced", report.BytesUnreferenced);
        json.WriteNumber("failures", report.Failures);
        json.WriteBoolean("resumed", report.Resumed);
        json.WriteBoolean("reflog_rebuilt", report.ReflogRebuilt);
        json.WriteEndObject();
    }
}
