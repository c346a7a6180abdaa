using System.Text.Json;
using System.Text.Json.Nodes;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Configuration;

/// <summary>The JSON Schema of configuration files, made of what the reader knows and of what the documentation says.</summary>
internal static class ProxySchema
{
    private const string Digits = @"^\s*(\d+\.?\d*|\.\d+)\s*";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string File { get; } = Path.Combine(TestData.SolutionFolder, "docs", "proxy.schema.json");

    public static string Make()
    {
        var root = Section("Configuration file of the caching proxy: cvmfs-net proxy run --config");
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        var meanings = SettingDocumentation.Meanings;
        foreach (var setting in Setting.All)
        {
            var at = root;
            string[] path = setting.Name.Split('.');
            foreach (string section in path[..^1])
            {
                var inner = at["properties"]!.AsObject();
                if (!inner.ContainsKey(section)) inner[section] = Section($"Settings of {section}");
                at = inner[section]!.AsObject();
            }

            var schema = Form(setting);
            schema["description"] = $"{meanings[setting.Name].Replace("`", "", StringComparison.Ordinal)} {(setting.IsLive ? "Live: holds as soon as the file is taken over." : "Holds from the next start on.")}";
            if (setting.Default is { } value) schema["default"] = value.DeepClone();
            at["properties"]![path[^1]] = schema;
        }

        return root.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Section(string title) => new() { ["title"] = title, ["type"] = "object", ["additionalProperties"] = false, ["properties"] = new JsonObject() };

    private static JsonObject Form(Setting setting) => setting.Type switch
    {
        var type when type == typeof(TimeSpan) => Either("number", Digits + @"(ms|s|min|m|h|d)\s*$"),
        var type when type == typeof(int) || type == typeof(long) => Size(),
        var type when type == typeof(double) => Of("number"),
        var type when type == typeof(bool) => Of("boolean"),
        var type when type == typeof(string) || type == typeof(Uri) => Of("string"),
        { IsEnum: true } => new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. setting.Words.Select(static word => JsonValue.Create(word))]) }, AnyCase(setting.Words)) },
        var type when type == typeof(IList<string>) || type == typeof(IList<Uri>) => Items(),
        var type when type == typeof(IDictionary<string, IList<string>>) => new JsonObject { ["type"] = "object", ["additionalProperties"] = Items() },
        var type when type == typeof(IDictionary<string, RepositoryQuota>) => new JsonObject { ["type"] = "object", ["additionalProperties"] = Quota() },
        var type => throw new NotSupportedException($"{setting.Name}: the schema has no form for {type}."),
    };

    private static JsonObject Quota()
    {
        var quota = Section("A repository's share of the cache");
        foreach (var property in typeof(RepositoryQuota).GetProperties()) quota["properties"]![JsonNamingPolicy.CamelCase.ConvertName(property.Name)] = Size();
        return quota;
    }

    private static JsonObject Of(string type) => new() { ["type"] = type };

    private static JsonObject Items() => new() { ["type"] = "array", ["items"] = Of("string") };

    private static JsonObject Size() => Either("integer", Digits + @"([bB]|[kKmMgGtTpP]([iI]?[bB])?)?\s*$");

    private static JsonObject Either(string type, string pattern) => new() { ["type"] = new JsonArray(type, "string"), ["pattern"] = pattern };

    private static JsonObject AnyCase(IEnumerable<string> words) => new()
    {
        ["type"] = "string",
        ["pattern"] = $"^({string.Join('|', words.Select(static word => string.Concat(word.Select(static letter => $"[{char.ToLowerInvariant(letter)}{char.ToUpperInvariant(letter)}]"))))})$",
    };
}
