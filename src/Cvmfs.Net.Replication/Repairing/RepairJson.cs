using System.Text.Json;

namespace Cvmfs.Net.Replication.Repairing;

/// <summary>What reports of a check and of a scrub say about repairs.</summary>
internal static class RepairJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<RepairedObject> repaired, IReadOnlyList<UnrepairedObject> unrepaired)
    {
        json.WriteStartArray("repaired");
        foreach (var (name, what, bytes) in repaired)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("what", what);
            json.WriteNumber("bytes", bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("unrepaired");
        foreach (var (name, reason) in unrepaired)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
