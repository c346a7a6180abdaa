using System.Buffers;
using System.Text.Json;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Tracking;

/// <summary>The saved form of a <see cref="FleetHistory"/>.</summary>
internal static class HistoryDocument
{
    private const int Version = 1;

    public static byte[] Write(Dictionary<RepositoryName, SortedList<ulong, DateTimeOffset>> seen, Dictionary<(string Server, RepositoryName Repository), Trace> traces)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartObject("seen");
            foreach (var (name, revisions) in seen.OrderBy(one => one.Key.ToString(), StringComparer.Ordinal))
            {
                json.WriteStartArray(name.ToString());
                foreach (var (revision, at) in revisions)
                {
                    json.WriteNumberValue(revision);
                    json.WriteNumberValue(at.ToUnixTimeMilliseconds());
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteStartArray("traces");
            foreach (var ((server, repository), trace) in traces.OrderBy(one => one.Key.Server, StringComparer.Ordinal).ThenBy(one => one.Key.Repository.ToString(), StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("server", server);
                json.WriteString("repository", repository.ToString());
                if (trace.Revision is { } revision) json.WriteNumber("revision", revision);
                json.WriteNumber("rollbacks", trace.Rollbacks);
                json.WriteNumber("changes", trace.Changes);
                if (trace.AheadSince is { } ahead) json.WriteNumber("ahead_since", ahead.ToUnixTimeMilliseconds());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void Read(ReadOnlyMemory<byte> bytes, Dictionary<RepositoryName, SortedList<ulong, DateTimeOffset>> seen, Dictionary<(string Server, RepositoryName Repository), Trace> traces)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() != Version) throw new CvmfsFormatException("monitor's history", $"version {root.GetProperty("version")}, expected {Version}.");
            foreach (var repository in root.GetProperty("seen").EnumerateObject())
            {
                var revisions = new SortedList<ulong, DateTimeOffset>();
                JsonElement[] numbers = [.. repository.Value.EnumerateArray()];
                for (int i = 0; i + 1 < numbers.Length; i += 2) revisions[numbers[i].GetUInt64()] = DateTimeOffset.FromUnixTimeMilliseconds(numbers[i + 1].GetInt64());
                if (revisions.Count > 0) seen[RepositoryName.Parse(repository.Name)] = revisions;
            }

            foreach (var one in root.GetProperty("traces").EnumerateArray())
            {
                traces[(one.GetProperty("server").GetString()!, RepositoryName.Parse(one.GetProperty("repository").GetString()!))] = new Trace
                {
                    Revision = one.TryGetProperty("revision", out var revision) ? revision.GetUInt64() : null,
                    Rollbacks = one.GetProperty("rollbacks").GetInt64(),
                    Changes = one.GetProperty("changes").GetInt64(),
                    AheadSince = one.TryGetProperty("ahead_since", out var ahead) ? DateTimeOffset.FromUnixTimeMilliseconds(ahead.GetInt64()) : null,
                };
            }
        }
        catch (Exception odd) when (odd is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new CvmfsFormatException("monitor's history", $"no saved state: {odd.Message}", innerException: odd);
        }
    }
}
