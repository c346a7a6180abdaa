using System.Text.Json;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>The part of the JSON that is about one repository on one server.</summary>
internal static class RepositoryJson
{
    public static void Write(Utf8JsonWriter json, RepositoryReport repository, RepositoryStanding? standing)
    {
        json.WriteStartObject();
        json.WriteString("name", repository.Name.ToString());
        json.WriteString("path", repository.Path);
        json.WriteString("outcome", Lower(repository.Outcome));
        json.WriteError(repository.Error, repository.Detail);
        json.WriteBoolean("listed", repository.IsListed);
        json.WriteBoolean("replica", repository.IsReplica);
        if (repository.IsPassThrough) json.WriteBoolean("pass_through", true);
        if (repository.Manifest is { } manifest)
        {
            json.WriteNumber("revision", manifest.Revision);
            json.WriteString("root_hash", manifest.RootCatalog.ToString());
            json.WriteNumber("root_catalog_bytes", manifest.RootCatalogSize);
            json.WriteNumber("ttl_seconds", manifest.Ttl.TotalSeconds);
            json.WriteBoolean("garbage_collectable", manifest.IsGarbageCollectable);
            json.WriteTime("published_at", manifest.PublishedAtUtc);
        }

        if (standing is not null)
        {
            if (standing.RevisionLag is { } behind) json.WriteNumber("revision_lag", behind);
            json.WriteSeconds("lag_seconds", standing.Lag);
            json.WriteTime("behind_since", standing.BehindSince);
            if (standing.IsConflict) json.WriteBoolean("conflict", true);
        }

        json.WriteTime("whitelist_issued", repository.Whitelist?.CreatedAt);
        json.WriteTime("whitelist_expires", repository.Whitelist?.ExpiresAt);
        json.WriteBool("whitelist_valid", repository.Trust.IsWhitelistValid);
        json.WriteBool("signature_valid", repository.Trust.IsChainValid);
        json.WriteText("master_key", repository.Trust.MasterKeyId);
        json.WriteTime("certificate_expires", repository.Trust.CertificateNotAfter);
        json.WriteBool("certificate_listed", repository.Trust.IsCertificateListed);
        WriteDate(json, "last_snapshot", repository.LastSnapshot, repository.Status.LastSnapshot);
        json.WriteTime("snapshot_running_since", repository.SnapshotRunningSince);
        WriteDate(json, "last_gc", repository.LastGarbageCollection, repository.Status.LastGarbageCollection);
        WriteDate(json, "last_check", repository.LastCheck, repository.Status.LastCheck);
        json.WriteBool("check_succeeded", repository.Status.CheckSucceeded);
        if (repository.StatusError != ErrorClass.None) json.WriteString("status_error", repository.StatusError.Name());
        json.WriteSeconds("http_age_seconds", repository.ManifestAge);
        json.WriteBool("root_catalog_available", repository.IsRootCatalogAvailable);
        json.WriteWarnings(repository.Warnings);
        json.WriteStartArray("objects");
        foreach (var one in repository.Objects) Write(json, one);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ObjectReport one)
    {
        json.WriteStartObject();
        json.WriteString("kind", Lower(one.Kind));
        json.WriteString("object", one.Key.ToString());
        json.WriteString("outcome", Lower(one.Outcome));
        json.WriteBoolean("hashed", one.IsHashed);
        json.WriteBoolean("root", one.IsRoot);
        json.WriteNumber("bytes", one.Bytes);
        json.WriteSeconds("duration_seconds", one.Duration);
        json.WriteError(one.Error, one.Detail);
        json.WriteEndObject();
    }

    /// <summary>A time that is known; or the text that could not be read, with the reason.</summary>
    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? time, CvmfsDate? text)
    {
        json.WriteTime(name, time);
        if (time is not null || text is null) return;
        json.WriteNull(name);
        json.WriteString(name + "_text", text.Text);
        json.WriteString(name + "_error", ErrorClass.UnparseableDate.Name());
    }

    private static string Lower<T>(T name) where T : struct, Enum => name.ToString().ToLowerInvariant();
}
