using System.Text.Json;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>What the writers of JSON outputs share.</summary>
internal static class JsonProperties
{
    public static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>A text that is left out when there is nothing to say.</summary>
    public static void WriteTextIfAny(this Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) json.WriteString(name, value);
    }

    /// <summary>A free part of the fleet file, as it was written.</summary>
    public static void WriteNode(this Utf8JsonWriter json, FleetNode node)
    {
        if (node.Entries is { } entries)
        {
            json.WriteStartObject();
            foreach (var (key, value) in entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(key);
                json.WriteNode(value);
            }

            json.WriteEndObject();
        }
        else if (node.Items is { } items)
        {
            json.WriteStartArray();
            foreach (var item in items) json.WriteNode(item);
            json.WriteEndArray();
        }
        else if (node.IsNull)
        {
            json.WriteNullValue();
        }
        else if (node.IsPlain && node.Scalar is "true" or "false")
        {
            json.WriteBooleanValue(node.Scalar == "true");
        }
        else if (node.IsPlain && long.TryParse(node.Scalar, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out long number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(node.Scalar);
        }
    }
}
