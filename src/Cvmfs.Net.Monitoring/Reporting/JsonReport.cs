using System.Buffers;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Monitoring.Checks;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Writes reports as JSON. The same reports give the same text.</summary>
public static class JsonReport
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>One document over all servers, with the results of checks where there are any.</summary>
    public static string Write(IReadOnlyList<ServerReport> servers, IReadOnlyList<CheckResult>? checks = null)
    {
        ArgumentNullException.ThrowIfNull(servers);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteStartArray("servers");
            foreach (var server in servers) WriteServer(json, server);
            json.WriteEndArray();
            json.WriteStartArray("checks");
            foreach (var check in checks ?? []) WriteCheck(json, check);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteServer(Utf8JsonWriter json, ServerReport server)
    {
        json.WriteStartObject();
        json.WriteString("server", server.Target.Name);
        json.WriteString("url", server.Target.BaseUrl.AbsoluteUri);
        json.WriteString("outcome", Lower(server.Outcome.ToString()));
        WriteError(json, server.Error, server.Detail);
        json.WriteString("backend", Lower(server.Backend.ToString()));
        json.WriteString("scraped_at", server.ScrapedAt.UtcDateTime);
        json.WriteNumber("duration_seconds", Math.Round(server.Duration.TotalSeconds, 3));
        if (server.Listing is { } listing)
        {
            WriteText(json, "cvmfs_version", listing.CvmfsVersion);
            WriteText(json, "os", listing.OsPrettyName);
            WriteDate(json, "last_geodb_update", listing.LastGeoDbUpdate);
        }

        if (server.Meta is { } meta)
        {
            WriteText(json, "administrator", meta.Administrator);
            WriteText(json, "email", meta.Email);
            WriteText(json, "organisation", meta.Organisation);
        }

        json.WriteStartArray("repositories");
        foreach (var repository in server.Repositories) WriteRepository(json, repository);
        json.WriteEndArray();
        json.WriteStartArray("endpoints");
        foreach (var endpoint in server.Endpoints) WriteEndpoint(json, endpoint);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRepository(Utf8JsonWriter json, RepositoryReport repository)
    {
        json.WriteStartObject();
        json.WriteString("name", repository.Name.ToString());
        json.WriteString("path", repository.Path);
        json.WriteString("outcome", Lower(repository.Outcome.ToString()));
        WriteError(json, repository.Error, repository.Detail);
        if (repository.IsPassThrough) json.WriteBoolean("pass_through", true);
        if (repository.Manifest is { } manifest)
        {
            json.WriteNumber("revision", manifest.Revision);
            json.WriteString("root_hash", manifest.RootCatalog.ToString());
            json.WriteNumber("root_catalog_bytes", manifest.RootCatalogSize);
            json.WriteNumber("ttl_seconds", manifest.Ttl.TotalSeconds);
            json.WriteBoolean("garbage_collectable", manifest.IsGarbageCollectable);
            if (manifest.PublishedAtUtc is { } published) json.WriteString("published_at", published.UtcDateTime);
        }

        if (repository.Whitelist is { } whitelist) json.WriteString("whitelist_expires", whitelist.ExpiresAt.UtcDateTime);
        WriteDate(json, "last_snapshot", repository.Status.LastSnapshot);
        WriteDate(json, "last_gc", repository.Status.LastGarbageCollection);
        WriteDate(json, "last_check", repository.Status.LastCheck);
        if (repository.Status.CheckSucceeded is { } succeeded) json.WriteBoolean("check_succeeded", succeeded);
        if (repository.StatusError != ErrorClass.None) json.WriteString("status_error", repository.StatusError.Name());
        json.WriteEndObject();
    }

    private static void WriteEndpoint(Utf8JsonWriter json, EndpointReport endpoint)
    {
        json.WriteStartObject();
        json.WriteString("endpoint", endpoint.Endpoint);
        json.WriteString("url", endpoint.Url.AbsoluteUri);
        json.WriteNumber("status", endpoint.Status);
        WriteError(json, endpoint.Error, endpoint.Detail);
        json.WriteNumber("duration_seconds", Math.Round(endpoint.Duration.TotalSeconds, 3));
        json.WriteNumber("bytes", endpoint.Bytes);
        if (endpoint.FinalUrl is { } final) json.WriteString("final_url", final.AbsoluteUri);
        json.WriteEndObject();
    }

    private static void WriteCheck(Utf8JsonWriter json, CheckResult check)
    {
        json.WriteStartObject();
        json.WriteString("check", check.Check);
        json.WriteString("server", check.Server);
        json.WriteString("repository", check.Repository.ToString());
        json.WriteString("status", Lower(check.Status.ToString()));
        json.WriteString("message", check.Message);
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, ErrorClass error, string? detail)
    {
        if (error == ErrorClass.None) return;
        json.WriteString("error_class", error.Name());
        WriteText(json, "error", detail);
    }

    /// <summary>A date that could be read becomes a time; one that could not is shown as it was, with the reason.</summary>
    private static void WriteDate(Utf8JsonWriter json, string name, CvmfsDate? date)
    {
        if (date?.Time is { } time) json.WriteString(name, time.UtcDateTime);
        else if (date is not null)
        {
            json.WriteNull(name);
            json.WriteString(name + "_text", date.Text);
            json.WriteString(name + "_error", "unparseable_date");
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static string Lower(string name) => name.ToLowerInvariant();
}
