using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cvmfs.Net.Proxy.Tests.Configuration;

/// <summary>Judges a file by its JSON Schema, as an editor would: the words of draft 2020-12 that ours uses, and no other.</summary>
internal static class SchemaReader
{
    public static bool IsValid(JsonElement schema, JsonElement value) => schema.ValueKind == JsonValueKind.Object
        ? schema.EnumerateObject().All(word => Holds(schema, word.Name, word.Value, value))
        : schema.ValueKind == JsonValueKind.True;

    private static bool Holds(JsonElement schema, string word, JsonElement rule, JsonElement value) => word switch
    {
        "$schema" or "title" or "description" or "default" => true,
        "type" => rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Any(type => Is(type.GetString()!, value)) : Is(rule.GetString()!, value),
        "enum" => rule.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)),
        "anyOf" => rule.EnumerateArray().Any(one => IsValid(one, value)),
        "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.GetString()!),
        "properties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(entry => !rule.TryGetProperty(entry.Name, out var inner) || IsValid(inner, entry.Value)),
        "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(entry => Names(schema, entry.Name) || IsValid(rule, entry.Value)),
        "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => IsValid(rule, item)),
        _ => throw new NotSupportedException($"The schema has the word {word}, which this reader does not know."),
    };

    private static bool Names(JsonElement schema, string name) => schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out _);

    private static bool Is(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && Math.Floor(value.GetDouble()) == value.GetDouble(),
        "string" => value.ValueKind == JsonValueKind.String,
        _ => throw new NotSupportedException($"The schema has the type {type}, which this reader does not know."),
    };
}
