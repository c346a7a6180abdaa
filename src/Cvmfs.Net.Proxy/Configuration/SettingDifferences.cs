using System.Text.Json;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Compares settings.</summary>
internal static class SettingDifferences
{
    /// <summary>Settings that differ and that a running proxy cannot take over.</summary>
    public static IReadOnlyList<string> AwaitingRestart(ProxyOptions before, ProxyOptions after)
    {
        using var old = JsonSerializer.SerializeToDocument(before, ProxyJson.Default.ProxyOptions);
        using var now = JsonSerializer.SerializeToDocument(after, ProxyJson.Default.ProxyOptions);
        return [.. Differing(old.RootElement, now.RootElement, "").Where(static name => !LiveSettings.Names.Contains(name) && !LiveSettings.Names.Contains(name.Split('.')[0] + ".*"))];
    }

    private static IEnumerable<string> Differing(JsonElement before, JsonElement after, string prefix)
    {
        foreach (var property in after.EnumerateObject())
        {
            var old = before.GetProperty(property.Name);
            if (prefix.Length == 0 && property.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (string name in Differing(old, property.Value, property.Name + ".")) yield return name;
            }
            else if (!JsonElement.DeepEquals(old, property.Value))
            {
                yield return prefix + property.Name;
            }
        }
    }
}
