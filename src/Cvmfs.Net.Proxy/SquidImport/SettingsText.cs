using System.Text.Json;
using System.Text.Json.Nodes;
using Cvmfs.Net.Proxy.Configuration;

namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>Writes settings as a configuration file.</summary>
public static class SettingsText
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What differs from the defaults, as JSON.</summary>
    public static string Of(ProxyOptions options)
    {
        var defaults = JsonSerializer.SerializeToNode(new ProxyOptions(), ProxyJson.Default.ProxyOptions)!.AsObject();
        var settings = JsonSerializer.SerializeToNode(options, ProxyJson.Default.ProxyOptions)!.AsObject();
        Remove(settings, defaults);
        return settings.ToJsonString(Indented) + "\n";
    }

    private static void Remove(JsonObject settings, JsonObject defaults)
    {
        foreach (var (name, value) in settings.ToList())
        {
            if (value is JsonObject section && defaults[name] is JsonObject inner) Remove(section, inner);
            if (JsonNode.DeepEquals(value, defaults[name]) || value is JsonObject { Count: 0 }) settings.Remove(name);
        }
    }
}
