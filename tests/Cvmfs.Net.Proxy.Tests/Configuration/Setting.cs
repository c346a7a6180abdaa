using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Cvmfs.Net.Proxy.Configuration;

namespace Cvmfs.Net.Proxy.Tests.Configuration;

/// <summary>A setting as the reader of configuration files knows it.</summary>
internal sealed record Setting(string Name, Type Type, JsonNode? Default)
{
    /// <summary>All settings, in the order of the options.</summary>
    public static IReadOnlyList<Setting> All
    {
        get
        {
            var defaults = JsonSerializer.SerializeToNode(new ProxyOptions(), ProxyJson.Default.ProxyOptions)!;
            return [.. SettingNames.All.Select(name => Find(name.Split('.'), ProxyJson.Default.ProxyOptions, defaults, name))];
        }
    }

    /// <summary>Whether a running proxy takes it over.</summary>
    public bool IsLive => LiveSettings.Names.Contains(Name) || LiveSettings.Names.Contains(Name.Split('.')[0] + ".*");

    /// <summary>What it takes, with its unit.</summary>
    public string Takes => Type switch
    {
        _ when Type == typeof(TimeSpan) => "duration",
        _ when IsSize => "size",
        _ when Type == typeof(int) || Type == typeof(long) => "number",
        _ when Type == typeof(double) => "share, 0 to 1",
        _ when Type == typeof(bool) => "true, false",
        _ when Type == typeof(string) => "text",
        _ when Type == typeof(Uri) => "URL",
        _ when Type == typeof(IList<string>) => "texts",
        _ when Type == typeof(IList<Uri>) => "URLs",
        { IsEnum: true } => string.Join(", ", Words.Select(static word => $"`{word}`")),
        _ => "map by repository",
    };

    /// <summary>Its default as a person would write it.</summary>
    public string DefaultText => Default switch
    {
        null => "none",
        JsonArray { Count: 0 } or JsonObject { Count: 0 } => "none",
        _ when Type == typeof(TimeSpan) && Default.ToString() == "0ms" => "`0`",
        _ when IsSize => SizeText(Default.GetValue<long>()),
        _ => Default.ToString() is { Length: > 0 } text ? $"`{text}`" : "none",
    };

    /// <summary>The words of an enumeration.</summary>
    public IEnumerable<string> Words => Enum.GetNames(Type).Select(JsonNamingPolicy.CamelCase.ConvertName);

    private bool IsSize => (Type == typeof(int) || Type == typeof(long)) && Name.Contains("Bytes", StringComparison.Ordinal);

    private static Setting Find(ReadOnlySpan<string> path, JsonTypeInfo type, JsonNode? defaults, string name)
    {
        string first = path[0];
        var property = type.Properties.Single(property => property.Name == first);
        var value = defaults![first];
        return path.Length == 1 ? new Setting(name, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, value) : Find(path[1..], type.Options.GetTypeInfo(property.PropertyType), value, name);
    }

    private static string SizeText(long bytes)
    {
        (string Unit, long Factor)[] units = [("", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("MB", 1_000_000), ("GB", 1_000_000_000)];
        var (unit, factor) = units.Where(unit => bytes % unit.Factor == 0 && (bytes > 0 || unit.Factor == 1)).MinBy(unit => bytes / unit.Factor);
        return $"`{bytes / factor}{unit}`";
    }
}
