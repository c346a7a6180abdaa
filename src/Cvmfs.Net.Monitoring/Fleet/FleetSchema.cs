using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using static Cvmfs.Net.Monitoring.Fleet.FleetShape;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>The form of a fleet file, and its JSON Schema for editors.</summary>
public static class FleetSchema
{
    private static readonly FleetShape s_texts = ListOf(Text);

    private static readonly FleetShape s_location = Map(("*lat", Number), ("*lon", Number), ("country", Text));

    internal static MapShape Root { get; } = Map(
        ("*version", OneOf("1")),
        ("*name", Text),
        ("description", Text),
        ("links", ById(Text, anyName: true)),
        ("*contacts", ById(Map(("*name", Text), ("email", Text), ("chat", Text), ("phone_ref", Text), ("role", Text)))),
        ("*environments", ById(Map(("monitor", OneOf("full", "light")), ("publish_on_status_page", Flag), ("channels", Text)))),
        ("tiers", ById(Map(("page", Flag), ("description", Text)))),
        ("*routing", ById(Map(("*page", Text), ("*ticket", Text), ("*info", Text)))),
        ("*receivers", ById(Map(("*type", OneOf("email", "webhook", "slack", "mattermost", "pagerduty", "opsgenie")), ("to", Text), ("url_ref", Text)))),
        ("*keys", ById(Map(("*type", OneOf("master")), ("pem", Text), ("pem_file", Text), ("fingerprint", Text), ("valid_from", Time), ("valid_until", Time), ("*state", OneOf("next", "active", "retired"))))),
        ("*domains", ById(
            Map(("*keys", s_texts), ("use_geoapi", Flag), ("*server_order", s_texts), ("cdn_order", s_texts), ("client", Map(("timeout", Integer), ("timeout_direct", Integer), ("max_ttl", Integer)))),
            anyName: true)),
        ("*repositories", ById(
            Map(
                ("domain", Text), ("stratum0", Text), ("sync", s_texts), ("*replicas", s_texts), ("*owner", Text), ("*environment", Text), ("tier", Text), ("description", Text), ("url", Text),
                ("garbage_collectable", Flag), ("whitelist_validity_days", Integer), ("max_lag", Duration), ("max_snapshot_age", Duration), ("max_gc_age", Duration),
                ("expected_publish_interval", Duration), ("size_hint_bytes", Bytes), ("server_options", s_texts), ("client_options", s_texts), ("alias", Text)),
            anyName: true)),
        ("*servers", ById(Map(
            ("*host", Text), ("port", Port), ("scheme", OneOf("http", "https")), ("path", Text), ("*role", OneOf("stratum0", "stratum1", "sync", "cdn", "gateway", "bucket")),
            ("backend", OneOf("cvmfs", "s3", "auto")), ("public", Flag), ("*environment", Text), ("tier", Text), ("owner", Text), ("provider", Text), ("region", Text), ("location", s_location),
            ("origin", Text), ("dns", Map(("cname", Text), ("a", s_texts), ("aaaa", s_texts))), ("repositories", s_texts), ("snapshot_interval", Duration), ("upstream", Text),
            ("metrics", ListOf(Map(("*kind", OneOf("server", "replica", "node", "squid")), ("*port", Port), ("path", Text)))),
            ("ansible", Map(("host", Text), ("user", Text), ("vars", ById(Any, anyName: true)))), ("terraform", Map(("module", Text), ("vars", ById(Any, anyName: true)))),
            ("bucket", Map(("endpoint", Text), ("name", Text), ("region", Text), ("credentials_ref", Text))), ("tags", ById(Text, anyName: true)),
            ("state", OneOf("planned", "active", "draining", "retired"))))),
        ("proxies", ById(Map(
            ("*host", Text), ("port", Port), ("site", Text), ("*environment", Text), ("tier", Text), ("owner", Text), ("allowed_clients", s_texts), ("upstreams", s_texts),
            ("metrics", Map(("*port", Port), ("host", Text), ("path", Text)))))),
        ("sites", ById(Map(
            ("location", s_location), ("proxies", s_texts), ("fallback_proxies", s_texts),
            ("clients", Map(("quota_mb", Integer), ("cache_base", Text), ("repositories", s_texts)))))),
        ("maintenance", ListOf(Map(("*id", Text), ("*from", Time), ("*to", Time), ("servers", s_texts), ("repositories", s_texts), ("all", Flag), ("text", Text), ("contact", Text)))),
        ("status_page", Map(
            ("title", Text), ("logo", Text), ("texts", ById(Text, anyName: true)), ("links", ListOf(Any)), ("sync_policy", OneOf("lag", "eessi-distance")), ("hide", s_texts),
            ("rules", ListOf(Map(("*id", Text), ("description", Text), ("*conditions", ListOf(Map(("*status", OneOf("OK", "DEGRADED", "WARNING", "FAILED", "MAINTENANCE")), ("*when", Text))))))))),
        ("monitoring", Map(
            ("vantages", ById(Map(("location", s_location), ("control_targets", s_texts)))), ("intervals", ById(Duration, anyName: true)),
            ("geo", Map(("anchor", Text), ("hosts", s_texts))), ("sampling", ById(Any, anyName: true)))));

    /// <summary>The JSON Schema (draft 2020-12), UTF-8.</summary>
    public static byte[] ToJsonSchema()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title", "Fleet file of a CernVM-FS infrastructure");
            Write(json, Root, mayBeNull: false);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Writes what stands inside the braces.</summary>
    private static void Write(Utf8JsonWriter json, FleetShape shape, bool mayBeNull)
    {
        switch (shape)
        {
            case ScalarShape scalar:
                WriteType(json, scalar.JsonTypes, mayBeNull);
                json.WriteString("description", scalar.Words);
                if (scalar.Pattern is { } pattern) json.WriteString("pattern", pattern);
                if (scalar.Minimum is { } minimum) json.WriteNumber("minimum", minimum);
                if (scalar.Maximum is { } maximum) json.WriteNumber("maximum", maximum);
                break;
            case WordShape word:
                json.WriteStartArray("enum");
                foreach (string one in word.Words)
                {
                    json.WriteStringValue(one);
                    if (int.TryParse(one, out int number)) json.WriteNumberValue(number);
                }

                if (mayBeNull) json.WriteNullValue();
                json.WriteEndArray();
                break;
            case ListShape list:
                WriteList(json, list, mayBeNull);
                break;
            case TableShape table:
                WriteType(json, ["object"], mayBeNull);
                if (!table.AnyName)
                {
                    json.WriteStartObject("propertyNames");
                    json.WriteString("pattern", Id().ToString());
                    json.WriteEndObject();
                }

                json.WriteStartObject("additionalProperties");
                Write(json, table.Value, mayBeNull: false);
                json.WriteEndObject();
                break;
            case MapShape map:
                WriteMap(json, map, mayBeNull);
                break;
        }
    }

    private static void WriteMap(Utf8JsonWriter json, MapShape map, bool mayBeNull)
    {
        WriteType(json, ["object"], mayBeNull);
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartArray("required");
        foreach (var (key, _) in map.Keys.Where(key => key.Key[0] == '*')) json.WriteStringValue(key[1..]);
        json.WriteEndArray();
        json.WriteStartObject("properties");
        foreach (var (key, inner) in map.Keys)
        {
            json.WriteStartObject(key.TrimStart('*'));
            Write(json, inner, mayBeNull: key[0] != '*'); // a key without a value is one that is not there
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, ListShape list, bool mayBeNull)
    {
        bool allowsOne = list.Item is ScalarShape or WordShape;
        if (allowsOne)
        {
            json.WriteStartArray("anyOf");
            json.WriteStartObject();
            Write(json, list.Item, mayBeNull);
            json.WriteEndObject();
            json.WriteStartObject();
        }

        WriteType(json, ["array"], mayBeNull);
        json.WriteStartObject("items");
        Write(json, list.Item, mayBeNull: false);
        json.WriteEndObject();
        if (!allowsOne) return;
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteType(Utf8JsonWriter json, string[] types, bool mayBeNull)
    {
        if (types is [var one] && !mayBeNull)
        {
            json.WriteString("type", one);
            return;
        }

        json.WriteStartArray("type");
        foreach (string type in types) json.WriteStringValue(type);
        if (mayBeNull) json.WriteStringValue("null");
        json.WriteEndArray();
    }
}
