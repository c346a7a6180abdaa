using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cvmfs.Net.Monitoring.Fleet;

namespace Cvmfs.Net.Monitoring.Tests.Fleet;

/// <summary>Judges a fleet file by its JSON Schema, as an editor would: the words of draft 2020-12 that ours uses, and no other.</summary>
internal static partial class JsonSchemaReader
{
    public static bool IsValid(JsonElement schema, FleetNode? value)
    {
        if (schema.ValueKind == JsonValueKind.True) return true;
        foreach (var word in schema.EnumerateObject())
        {
            bool holds = word.Name switch
            {
                "$schema" or "$id" or "title" or "description" => true,
                "type" => word.Value.ValueKind == JsonValueKind.Array ? word.Value.EnumerateArray().Any(type => Is(type.GetString()!, value)) : Is(word.Value.GetString()!, value),
                "enum" => word.Value.EnumerateArray().Any(one => Equal(one, value)),
                "pattern" => !Is("string", value) || Regex.IsMatch(value!.Scalar!, word.Value.GetString()!),
                "minimum" => !Is("number", value) || Number(value!) >= word.Value.GetDouble(),
                "maximum" => !Is("number", value) || Number(value!) <= word.Value.GetDouble(),
                "required" => value?.Entries is not { } entries || word.Value.EnumerateArray().All(key => entries.ContainsKey(key.GetString()!)),
                "properties" => value?.Entries is not { } entries || entries.All(entry => !word.Value.TryGetProperty(entry.Key, out var inner) || IsValid(inner, entry.Value)),
                "additionalProperties" => value?.Entries is not { } entries || entries.Where(entry => !HasProperty(schema, entry.Key)).All(entry => word.Value.ValueKind != JsonValueKind.False && IsValid(word.Value, entry.Value)),
                "propertyNames" => value?.Entries is not { } entries || entries.Keys.All(key => Regex.IsMatch(key, word.Value.GetProperty("pattern").GetString()!)),
                "items" => value?.Items is not { } items || items.All(item => IsValid(word.Value, item)),
                "anyOf" => word.Value.EnumerateArray().Any(one => IsValid(one, value)),
                _ => throw new NotSupportedException($"The schema has the word {word.Name}, which this reader does not know."),
            };
            if (!holds) return false;
        }

        return true;
    }

    private static bool HasProperty(JsonElement schema, string name) => schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out _);

    private static bool Is(string type, FleetNode? value) => type switch
    {
        "object" => value?.Entries is not null,
        "array" => value?.Items is not null,
        "null" => value is null or { IsNull: true },
        "boolean" => IsPlain(value) && value!.Scalar is ("true" or "false"),
        "number" => IsNumber(value),
        "integer" => IsNumber(value) && Number(value!) is var number && Math.Floor(number) == number,
        _ => value is { Scalar: not null, IsNull: false } && !IsNumber(value) && !Is("boolean", value),
    };

    private static bool IsPlain(FleetNode? value) => value is { Scalar: not null, IsPlain: true, IsNull: false };

    private static bool IsNumber(FleetNode? value) => IsPlain(value) && YamlNumber().IsMatch(value!.Scalar!);

    private static double Number(FleetNode value) => double.Parse(value.Scalar!, CultureInfo.InvariantCulture);

    private static bool Equal(JsonElement one, FleetNode? value) => one.ValueKind switch
    {
        JsonValueKind.Null => Is("null", value),
        JsonValueKind.Number => IsNumber(value) && Number(value!) == one.GetDouble(),
        _ => Is("string", value) && value!.Scalar == one.GetString(),
    };

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex YamlNumber();
}
