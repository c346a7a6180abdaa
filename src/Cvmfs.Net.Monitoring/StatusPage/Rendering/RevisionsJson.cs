using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>A repository's revisions as JSON.</summary>
internal static class RevisionsJson
{
    /// <summary>Newest first; what nobody knows is null.</summary>
    public static string Write(string repository, IReadOnlyList<RevisionRecord> records, ulong? nextBefore)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("repository", repository);
            json.WriteStartArray("revisions");
            foreach (var record in records) Write(json, record);
            json.WriteEndArray();
            if (nextBefore is { } before) json.WriteNumber("next_before", before);
            else json.WriteNull("next_before");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter json, RevisionRecord record)
    {
        json.WriteStartObject();
        json.WriteNumber("revision", record.Revision);
        json.WriteString("root_catalog", record.Root);
        json.WriteString("published_at", record.PublishedAt is { } published ? StatusPageJson.Rfc3339(published) : null);
        json.WriteString("first_seen_at", StatusPageJson.Rfc3339(record.Arrivals[0].SeenAt));
        Seconds("newest_for_seconds", record.NewestFor);
        Seconds("longest_lag_seconds", record.LongestLag);
        json.WriteStartArray("servers");
        foreach (var arrival in record.Arrivals)
        {
            json.WriteStartObject();
            json.WriteString("server", arrival.Server);
            json.WriteString("seen_at", StatusPageJson.Rfc3339(arrival.SeenAt));
            var lag = record.LagOf(arrival);
            Seconds("lag_at_least_seconds", lag?.AtLeast);
            Seconds("lag_at_most_seconds", lag?.AtMost);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();

        void Seconds(string key, TimeSpan? time)
        {
            if (time is { } known) json.WriteNumber(key, Math.Round(known.TotalSeconds));
            else json.WriteNull(key);
        }
    }
}
