using System.Buffers;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Writes reports as JSON. The same reports give the same text.</summary>
public static class JsonReport
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>One document over all servers, with the results of checks where there are any.</summary>
    public static string Write(FleetView view, IReadOnlyList<CheckResult>? checks = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", 1);
            json.WriteString("at", view.At.UtcDateTime);
            json.WriteString("status", Lower(StandardChecks.Worst(checks ?? []).ToString()));
            json.WriteStartArray("references");
            foreach (var reference in view.References) WriteReference(json, reference);
            json.WriteEndArray();
            json.WriteStartArray("servers");
            foreach (var server in view.Servers) WriteServer(json, server, view);
            json.WriteEndArray();
            json.WriteStartArray("checks");
            foreach (var check in checks ?? []) WriteCheck(json, check);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteReference(Utf8JsonWriter json, RepositoryReference reference)
    {
        json.WriteStartObject();
        json.WriteString("repository", reference.Repository.ToString());
        json.WriteString("server", reference.Server);
        json.WriteString("source", Lower(reference.Source.ToString()));
        json.WriteNumber("revision", reference.Revision);
        json.WriteString("root_hash", reference.RootCatalog.ToString());
        json.WriteTime("published_at", reference.PublishedAt);
        json.WriteBoolean("verified", reference.IsVerified);
        json.WriteEndObject();
    }

    private static void WriteServer(Utf8JsonWriter json, ServerReport server, FleetView view)
    {
        json.WriteStartObject();
        json.WriteString("server", server.Target.Name);
        json.WriteString("url", server.Target.BaseUrl.AbsoluteUri);
        json.WriteString("outcome", Lower(server.Outcome.ToString()));
        json.WriteBoolean("failed", server.IsFailed);
        json.WriteError(server.Error, server.Detail);
        json.WriteString("role", server.Role.Name());
        json.WriteString("backend", Lower(server.Backend.ToString()));
        json.WriteString("scraped_at", server.ScrapedAt.UtcDateTime);
        json.WriteSeconds("duration_seconds", server.Duration);
        json.WriteSeconds("clock_skew_seconds", server.ClockSkew);
        if (server.Listing is { } listing)
        {
            json.WriteText("cvmfs_version", listing.CvmfsVersion);
            json.WriteText("os_id", listing.OsId);
            json.WriteText("os_version_id", listing.OsVersionId);
            json.WriteText("os", listing.OsPrettyName);
            WriteDate(json, "last_geodb_update", listing.LastGeoDbUpdate);
        }

        if (server.Meta is { } meta)
        {
            json.WriteText("administrator", meta.Administrator);
            json.WriteText("email", meta.Email);
            json.WriteText("organisation", meta.Organisation);
        }

        json.WriteWarnings(server.Warnings);
        NetworkJson.Write(json, server);
        json.WriteStartArray("repositories");
        foreach (var repository in server.Repositories) RepositoryJson.Write(json, repository, view.Find(server.Target.Name, repository.Name));
        json.WriteEndArray();
        json.WriteStartArray("endpoints");
        foreach (var endpoint in server.Endpoints) NetworkJson.Write(json, endpoint);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCheck(Utf8JsonWriter json, CheckResult check)
    {
        json.WriteStartObject();
        json.WriteString("check", check.Check);
        json.WriteString("server", check.Server);
        json.WriteText("repository", check.Repository?.ToString());
        json.WriteString("status", Lower(check.Status.ToString()));
        json.WriteString("message", check.Message);
        json.WriteEndObject();
    }

    /// <summary>A date that could be read becomes a time; one that could not is shown as it was, with the reason.</summary>
    internal static void WriteDate(Utf8JsonWriter json, string name, CvmfsDate? date)
    {
        if (date?.Time is { } time) json.WriteString(name, time.UtcDateTime);
        else if (date is not null)
        {
            json.WriteNull(name);
            json.WriteString(name + "_text", date.Text);
            json.WriteString(name + "_error", "unparseable_date");
        }
    }

    private static string Lower(string name) => name.ToLowerInvariant();
}
