using System.Text.Json;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>The part of the JSON that is about requests, names, addresses, TLS and the geo API.</summary>
internal static class NetworkJson
{
    public static void Write(Utf8JsonWriter json, ServerReport server)
    {
        if (server.Geo.Count > 0)
        {
            json.WriteStartArray("geo");
            foreach (var geo in server.Geo) Write(json, geo);
            json.WriteEndArray();
        }

        if (server.Network is not { } network) return;
        json.WriteStartArray("dns");
        foreach (var dns in network.Dns)
        {
            json.WriteStartObject();
            json.WriteString("family", NetworkFamilies.Family(dns.Family));
            json.WriteStartArray("addresses");
            foreach (var address in dns.Addresses) json.WriteStringValue(address.ToString());
            json.WriteEndArray();
            json.WriteSeconds("duration_seconds", dns.Duration);
            json.WriteText("error", dns.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("addresses");
        foreach (var address in network.Addresses)
        {
            json.WriteStartObject();
            json.WriteString("address", address.Address.ToString());
            json.WriteBoolean("up", address.IsUp);
            json.WriteSeconds("connect_seconds", address.ConnectDuration);
            json.WriteNumber("status", address.Status);
            json.WriteError(address.Error, address.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (network.Tls is not { } tls) return;
        json.WriteStartObject("tls");
        json.WriteString("version", tls.Version);
        json.WriteTime("not_before", tls.NotBefore);
        json.WriteTime("not_after", tls.NotAfter);
        json.WriteString("subject", tls.Subject);
        json.WriteString("issuer", tls.Issuer);
        json.WriteBoolean("trusted", tls.IsTrusted);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, EndpointReport endpoint)
    {
        json.WriteStartObject();
        json.WriteString("endpoint", endpoint.Endpoint);
        json.WriteString("url", endpoint.Url.AbsoluteUri);
        json.WriteText("repository", endpoint.Repository?.ToString());
        json.WriteString("family", NetworkFamilies.Family(endpoint.Family));
        json.WriteNumber("status", endpoint.Status);
        json.WriteError(endpoint.Error, endpoint.Detail);
        json.WriteSeconds("duration_seconds", endpoint.Duration);
        json.WriteNumber("bytes", endpoint.Bytes);
        json.WriteNumber("attempts", endpoint.Attempts);
        json.WriteText("final_url", endpoint.FinalUrl?.AbsoluteUri);
        json.WriteSeconds("age_seconds", endpoint.Age);
        json.WriteText("cache_status", endpoint.CacheStatus);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GeoReport geo)
    {
        json.WriteStartObject();
        json.WriteString("set", geo.Query.Set);
        json.WriteString("anchor", geo.Query.Anchor.Name);
        json.WriteTime("asked_at", geo.AskedAt);
        json.WriteError(geo.Error, geo.Detail);
        json.WriteStartArray("order");
        foreach (string host in geo.HostsInOrder) json.WriteStringValue(host);
        json.WriteEndArray();
        json.WriteBool("correct", geo.IsRight);
        json.WriteEndObject();
    }
}
