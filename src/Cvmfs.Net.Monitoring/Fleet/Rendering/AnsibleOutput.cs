using System.Text.Json;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>An inventory in the form of Ansible's dynamic ones, and the variables of the roles that set CernVM-FS up.</summary>
internal static class AnsibleOutput
{
    private const string Stratum0Group = "cvmfsstratum0servers";
    private const string Stratum1Group = "cvmfsstratum1servers";
    private const string ProxyGroup = "cvmfslocalproxies";

    public static IEnumerable<RenderedFile> Render(FleetDescription fleet, DateTimeOffset now)
    {
        foreach (var file in RenderedFile.OfJson(fleet, "ansible/inventory.json", json => WriteInventory(json, fleet))) yield return file;
        yield return RenderedFile.OfText("ansible/inventory.sh", Script(fleet));
        foreach (var file in RenderedFile.OfJson(fleet, "ansible/group_vars/all.json", json => WriteVariables(json, fleet, now))) yield return file;
    }

    /// <summary>Ansible reads this form of JSON from a program only, and expects another one in files.</summary>
    private static string Script(FleetDescription fleet) => "#!/bin/sh\n" + RenderedFile.Header(fleet) + """
        case "${1:---list}" in
          --list) exec cat "$(dirname "$0")/inventory.json" ;;
          --host) echo '{}' ;;
          *) echo "usage: $0 --list | --host HOST" >&2; exit 2 ;;
        esac

        """.ReplaceLineEndings("\n");

    private static void WriteInventory(Utf8JsonWriter json, FleetDescription fleet)
    {
        FleetServer[] servers = [.. fleet.ActiveServers.Where(server => server.Role is not "cdn")];
        json.WriteStartObject();
        json.WriteStartObject("_meta");
        json.WriteStartObject("hostvars");
        foreach (var server in servers.DistinctBy(server => server.Host).OrderBy(server => server.Host, StringComparer.Ordinal))
        {
            var ansible = server.Node?.Find("ansible");
            json.WriteStartObject(server.Host);
            json.WriteString("fleet_id", server.Id);
            json.WriteTextIfAny("ansible_host", ansible?.Text("host"));
            json.WriteTextIfAny("ansible_user", ansible?.Text("user"));
            if (server.Role == "stratum1" && server.SnapshotInterval is { } interval) WriteSnapshotTime(json, interval);
            foreach (var (name, value) in (ansible?.Find("vars")?.Entries ?? []).OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(name);
                json.WriteNode(value);
            }

            json.WriteEndObject();
        }

        foreach (var proxy in fleet.Proxies.Values.Where(proxy => !servers.Any(server => server.Host == proxy.Host)).DistinctBy(proxy => proxy.Host).OrderBy(proxy => proxy.Host, StringComparer.Ordinal))
        {
            json.WriteStartObject(proxy.Host);
            json.WriteString("fleet_id", proxy.Id);
            json.WriteTexts("cvmfs_localproxy_allowed_clients", proxy.AllowedClients);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
        WriteGroup(json, Stratum0Group, servers.Where(server => server.Role == "stratum0").Select(server => server.Host), static _ => { });
        WriteGroup(json, Stratum1Group, servers.Where(server => server.Role is "stratum1" or "sync" && server.Backend != "s3").Select(server => server.Host), json =>
        {
            json.WriteStartArray("cvmfs_stratum1_http_ports");
            foreach (int port in servers.Where(server => server.Role == "stratum1").Select(server => server.Port).Distinct().Order()) json.WriteNumberValue(port);
            json.WriteEndArray();
        });
        WriteGroup(json, ProxyGroup, fleet.Proxies.Values.Select(proxy => proxy.Host), json =>
        {
            json.WriteStartArray("cvmfs_localproxy_http_ports");
            foreach (int port in fleet.Proxies.Values.Select(proxy => proxy.Port).Distinct().Order()) json.WriteNumberValue(port);
            json.WriteEndArray();
        });
        foreach (string environment in fleet.Environments.Keys)
        {
            WriteGroup(json, "environment_" + environment.Replace('-', '_'), servers.Where(server => server.Environment == environment).Select(server => server.Host), static _ => { });
        }

        json.WriteEndObject();
    }

    private static void WriteGroup(Utf8JsonWriter json, string name, IEnumerable<string> hosts, Action<Utf8JsonWriter> writeVariables)
    {
        json.WriteStartObject(name);
        json.WriteTexts("hosts", hosts.Distinct().Order(StringComparer.Ordinal));
        json.WriteStartObject("vars");
        writeVariables(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteVariables(Utf8JsonWriter json, FleetDescription fleet, DateTimeOffset now)
    {
        json.WriteStartObject();
        foreach (string prefix in (string[])["", "eessi_"])
        {
            json.WriteStartArray(prefix + "cvmfs_keys");
            foreach (var domain in fleet.Domains.Values)
            {
                foreach (var key in domain.Keys.Select(id => fleet.Keys[id]).Where(key => key.Pem is not null && key.IsShippedAt(now)))
                {
                    json.WriteStartObject();
                    json.WriteString("path", $"/etc/cvmfs/keys/{domain.Name}/{key.Id}.pub");
                    json.WriteString("key", key.Pem!.ReplaceLineEndings("\n"));
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            WriteUrls(json, prefix + "cvmfs_server_urls", fleet, domain => domain.ServerOrder, domain => domain.UsesGeoApi);
            if (prefix.Length > 0) WriteUrls(json, prefix + "cvmfs_server_cdn_urls", fleet, domain => domain.CdnOrder, _ => false);
            json.WriteStartArray(prefix + "cvmfs_repositories");
            foreach (var repository in fleet.Repositories.Values)
            {
                json.WriteStartObject();
                json.WriteString("repository", repository.Name);
                json.WriteTextIfAny("stratum0", repository.Stratum0 is { } id && fleet.Servers[id].IsActive ? fleet.Servers[id].Host : null);
                json.WriteString("owner", repository.Owner);
                json.WriteString("key_dir", $"/etc/cvmfs/keys/{repository.Domain}");
                json.WriteTexts("server_options", repository.ServerOptions);
                json.WriteTexts("client_options", repository.ClientOptions);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteTextIfAny("eessi_email", fleet.Contacts.Values.Select(contact => contact.Email).FirstOrDefault(email => email.Length > 0));
        json.WriteTexts("cvmfs_http_proxies", fleet.Proxies.Values.Select(proxy => proxy.Url));
        json.WriteEndObject();
    }

    private static void WriteUrls(Utf8JsonWriter json, string name, FleetDescription fleet, Func<FleetDomain, IReadOnlyList<string>> order, Func<FleetDomain, bool> usesGeoApi)
    {
        json.WriteStartArray(name);
        foreach (var domain in fleet.Domains.Values)
        {
            json.WriteStartObject();
            json.WriteString("domain", domain.Name);
            json.WriteBoolean("use_geoapi", usesGeoApi(domain));
            json.WriteTexts("urls", ClientOutput.Urls(fleet, order(domain)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSnapshotTime(Utf8JsonWriter json, TimeSpan interval)
    {
        int minutes = (int)Math.Clamp(interval.TotalMinutes, 1, 24 * 60);
        json.WriteStartObject("cvmfs_stratum1_snapshot_time");
        json.WriteString("minute", minutes >= 60 ? "0" : $"*/{minutes}");
        if (minutes >= 60) json.WriteString("hour", $"*/{Math.Max(1, minutes / 60)}");
        json.WriteEndObject();
    }
}
