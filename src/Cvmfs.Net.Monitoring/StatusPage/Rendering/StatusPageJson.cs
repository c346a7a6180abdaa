using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Writes <c>status.json</c>: every key of the EESSI status page with the same types, further ones beside them, lists sorted.</summary>
public static class StatusPageJson
{
    // Text stays readable in the file; whoever puts it into a page must escape it there, as for any JSON.
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document, UTF-8. The same report gives the same text.</summary>
    /// <param name="report">The page.</param>
    /// <param name="publishConfiguration">Whether the configuration is published, with all servers and rules. Default false.</param>
    public static byte[] Write(StatusPageReport report, bool publishConfiguration = false)
    {
        ArgumentNullException.ThrowIfNull(report);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", 1);
            json.WriteString("generated_by", "Cvmfs.Net");
            json.WriteString("title", report.Configuration.Title);
            json.WriteStartObject("eessi_status");
            WriteStatus(json, report.Configuration, report.Overall);
            json.WriteEndObject();
            json.WriteString("contact_email", report.Configuration.ContactEmail);
            json.WriteString("last_update", Rfc3339(report.UpdatedAt));
            json.WriteNumber("interval_seconds", (long)report.Configuration.Interval.TotalSeconds);
            json.WriteStartArray("legend");
            foreach (var status in ServiceStatusNames.Legend)
            {
                json.WriteStartObject();
                WriteStatus(json, report.Configuration, status);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WritePanel(json, "stratum0", report, ServerRole.Stratum0);
            WritePanel(json, "stratum1", report, ServerRole.Stratum1);
            WritePanel(json, "syncservers", report, ServerRole.SyncServer);
            json.WriteStartObject("repositories_status");
            json.WriteString("name", "repositories");
            json.WriteString("status", report.RepositoriesStatus.Name());
            json.WriteString("revision_class", report.Repositories.Select(repository => repository.RevisionStatus).Worst(ServiceStatus.Unknown).CssClass());
            json.WriteString("snapshot_class", report.Repositories.Select(repository => repository.SnapshotStatus).Where(status => status != ServiceStatus.Unknown).Worst(ServiceStatus.Unknown).CssClass());
            json.WriteEndObject();
            json.WriteStartArray("repositories");
            foreach (var repository in report.Repositories) WriteRepository(json, repository);
            json.WriteEndArray();
            json.WriteStartArray("servers");
            foreach (var server in report.Servers.OrderBy(server => server.Name, StringComparer.Ordinal)) WriteServer(json, server, isWhole: true);
            json.WriteEndArray();
            WriteMaintenance(json, report);
            WriteIncidents(json, report);
            WritePending(json, report);
            json.WritePropertyName("config");
            if (publishConfiguration && report.Configuration.Source.Length > 0)
            {
                using var source = JsonDocument.Parse(report.Configuration.Source);
                source.RootElement.WriteTo(json);
            }
            else
            {
                json.WriteStartObject();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>A time with seconds and a Z.</summary>
    internal static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static void WriteStatus(Utf8JsonWriter json, StatusPageConfiguration configuration, ServiceStatus status)
    {
        json.WriteString("status", status.Name());
        json.WriteString("class", status.CssClass());
        json.WriteString("text", status.Text());
        json.WriteString("description", configuration.DescriptionOf(status));
    }

    private static void WritePending(Utf8JsonWriter json, StatusPageReport report)
    {
        if (report.Pending.Count == 0) return;
        json.WriteStartArray("pending");
        foreach (var one in report.Pending)
        {
            json.WriteStartObject();
            json.WriteString("line", one.Line);
            json.WriteString("status", one.Status.Name());
            json.WriteString("since", one.Since.UtcDateTime); // to the tick: it is compared
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePanel(Utf8JsonWriter json, string key, StatusPageReport report, ServerRole role)
    {
        var status = report.StatusOf(role);
        json.WriteStartObject(key);
        json.WriteString("status", status.Name());
        json.WriteString("status_class", status.CssClass());
        json.WriteStartArray("details");
        foreach (string line in report.Servers.Where(server => server.Settings.Role == role && server.Status == ServiceStatus.Ok)
            .SelectMany(server => server.Repositories)
            .Where(cell => cell.Revision is not null)
            .Select(cell => $"{cell.Repository}:{cell.Revision}").Distinct().Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(line);
        }

        json.WriteEndArray();
        json.WriteStartArray("servers");
        foreach (var server in report.Servers.Where(server => server.Settings.Role == role).OrderBy(server => server.Name, StringComparer.Ordinal)) WriteServer(json, server, isWhole: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteServer(Utf8JsonWriter json, StatusPageServer server, bool isWhole)
    {
        json.WriteStartObject();
        json.WriteString("name", server.Name);
        json.WriteString("status", server.Status.Name());
        if (server.IsReachable) WriteMetadata(json, server.Report);
        else json.WriteNull("metadata");
        json.WriteString("update_class", server.UpdateStatus.CssClass());
        json.WriteString("geoapi_class", server.GeoStatus.CssClass());
        if (isWhole)
        {
            json.WriteString("role", server.Settings.Role.Name());
            json.WriteString("backend", server.Report.Backend switch { ServerBackend.Cvmfs => "CVMFS", ServerBackend.S3 => "S3", _ => "AutoDetect" });
            WriteTime(json, "last_seen", server.LastSeen);
            json.WriteStartArray("repositories");
            foreach (var cell in server.Repositories) WriteCell(json, cell);
            json.WriteEndArray();
            json.WriteStartArray("errors");
            if (server.Report.Error != ErrorClass.None) WriteError(json, null, server.Report.Error, server.Report.Detail);
            foreach (var repository in server.Report.Repositories.Where(repository => repository.Error != ErrorClass.None)) WriteError(json, repository.Name.ToString(), repository.Error, repository.Detail);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>The keys that scrapers of the field merge from two documents; all of them, null where a server does not say.</summary>
    private static void WriteMetadata(Utf8JsonWriter json, ServerReport report)
    {
        json.WriteStartObject("metadata");
        if (report.Listing?.Schema is { } schema) json.WriteNumber("schema_version", schema);
        else json.WriteNull("schema_version");
        json.WriteString("cvmfs_version", report.Listing?.CvmfsVersion);
        json.WriteString("last_geodb_update", report.Listing?.LastGeoDbUpdate?.Text);
        json.WriteString("os_version_id", report.Listing?.OsVersionId);
        json.WriteString("os_pretty_name", report.Listing?.OsPrettyName);
        json.WriteString("os_id", report.Listing?.OsId);
        json.WriteString("administrator", report.Meta?.Administrator);
        json.WriteString("email", report.Meta?.Email);
        json.WriteString("organisation", report.Meta?.Organisation);
        json.WritePropertyName("custom");
        if (report.Meta?.Custom is { } custom) custom.WriteTo(json);
        else json.WriteNullValue();
        json.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter json, StatusPageCell cell)
    {
        json.WriteStartObject();
        json.WriteString("name", cell.Repository.ToString());
        json.WriteString("status", cell.Status.Name());
        json.WriteString("outcome", cell.Outcome.ToString().ToLowerInvariant());
        WriteNumber(json, "revision", cell.Revision);
        if (cell.RootHash is { } hash) json.WriteString("root_hash", hash);
        WriteNumber(json, "root_catalog_bytes", cell.RootCatalogBytes);
        WriteTime(json, "published_at", cell.PublishedAt);
        WriteNumber(json, "distance", cell.Distance);
        WriteTime(json, "behind_since", cell.BehindSince);
        if (cell.SeenAt is null) WriteNumber(json, "lag_seconds", (ulong?)cell.Lag?.TotalSeconds);
        WriteTime(json, "last_snapshot", cell.LastSnapshot);
        WriteTime(json, "last_gc", cell.LastGarbageCollection);
        WriteTime(json, "whitelist_issued", cell.WhitelistIssued);
        WriteTime(json, "whitelist_expires", cell.WhitelistExpires);
        WriteTime(json, "seen_at", cell.SeenAt);
        if (cell.Detail is { } detail) json.WriteString("error", detail);
        json.WriteEndObject();
    }

    private static void WriteRepository(Utf8JsonWriter json, StatusPageRepository repository)
    {
        json.WriteStartObject();
        json.WriteString("name", repository.Name.ToString());
        json.WriteString("status", repository.Status.Name());
        json.WriteString("revision_class", repository.RevisionStatus.CssClass());
        json.WriteString("snapshot_class", repository.SnapshotStatus.CssClass());
        WriteNumber(json, "revision", repository.Revision);
        if (repository.ReferenceServer is { } server) json.WriteString("reference", server);
        WriteTime(json, "published_at", repository.PublishedAt);
        WriteNumber(json, "lag_seconds", (ulong?)repository.MaxLag?.TotalSeconds);
        json.WriteNumber("servers_in_step", repository.ServersInStep);
        json.WriteNumber("servers", repository.Servers);
        WriteTime(json, "whitelist_expires", repository.WhitelistExpires);
        json.WriteEndObject();
    }

    private static void WriteMaintenance(Utf8JsonWriter json, StatusPageReport report)
    {
        json.WriteStartArray("maintenance");
        foreach (var window in report.Maintenance)
        {
            json.WriteStartObject();
            WriteTime(json, "from", window.From);
            WriteTime(json, "to", window.To);
            WriteList(json, "servers", window.Servers);
            WriteList(json, "repositories", window.Repositories);
            json.WriteString("text", window.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteIncidents(Utf8JsonWriter json, StatusPageReport report)
    {
        json.WriteStartArray("incidents");
        foreach (var change in report.History.Changes) change.Write(json);
        json.WriteEndArray();
    }

    private static void WriteError(Utf8JsonWriter json, string? repository, ErrorClass error, string? detail)
    {
        json.WriteStartObject();
        if (repository is not null) json.WriteString("repository", repository);
        json.WriteString("error_class", error.Name());
        json.WriteString("detail", detail);
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string key, IReadOnlyList<string> items)
    {
        json.WriteStartArray(key);
        foreach (string item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string key, ulong? value)
    {
        if (value is { } number) json.WriteNumber(key, number);
    }

    private static void WriteTime(Utf8JsonWriter json, string key, DateTimeOffset? value)
    {
        if (value is { } time) json.WriteString(key, Rfc3339(time));
    }
}
