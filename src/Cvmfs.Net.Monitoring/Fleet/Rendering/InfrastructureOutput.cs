using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>What the machines themselves are set up with: Terraform, servermon, proxies, replicators; and tables for people.</summary>
internal static class InfrastructureOutput
{
    public static IEnumerable<RenderedFile> RenderTerraform(FleetDescription fleet) => RenderedFile.OfJson(fleet, "terraform/fleet.auto.tfvars.json", json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("cvmfs_servers");
        foreach (var server in fleet.ActiveServers)
        {
            json.WriteStartObject(server.Id);
            json.WriteString("host", server.Host);
            json.WriteString("role", server.Role);
            json.WriteString("environment", server.Environment);
            json.WriteString("provider", server.Provider);
            json.WriteString("region", server.Region);
            json.WritePropertyName("tags");
            if (server.Node?.Find("tags") is { } tags)
            {
                json.WriteNode(tags);
            }
            else
            {
                json.WriteStartObject();
                json.WriteEndObject();
            }

            if (server.Node?.Find("terraform")?.Find("vars") is { } variables)
            {
                json.WritePropertyName("vars");
                json.WriteNode(variables);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("cvmfs_buckets");
        foreach (var server in fleet.ActiveServers)
        {
            if (server.Node?.Find("bucket") is not { } bucket) continue;
            json.WriteStartObject();
            json.WriteString("server", server.Id);
            json.WriteTextIfAny("endpoint", bucket.Text("endpoint"));
            json.WriteTextIfAny("name", bucket.Text("name"));
            json.WriteTextIfAny("region", bucket.Text("region"));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("cvmfs_dns_records");
        foreach (var server in fleet.ActiveServers)
        {
            if (server.Node?.Find("dns") is not { } dns) continue;
            foreach (var (type, value) in dns.Texts("cname").Select(value => ("CNAME", value)).Concat(dns.Texts("a").Select(value => ("A", value))).Concat(dns.Texts("aaaa").Select(value => ("AAAA", value))))
            {
                json.WriteStartObject();
                json.WriteString("name", server.Host);
                json.WriteString("type", type);
                json.WriteString("value", value);
                json.WriteNumber("ttl", 300);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static IEnumerable<RenderedFile> RenderServermon(FleetDescription fleet)
    {
        var text = new StringBuilder(RenderedFile.Header(fleet));
        foreach (var server in fleet.ActiveServers.Where(server => server.Role is "stratum0" or "stratum1" or "sync" or "cdn" && server.Scheme == "http"))
        {
            text.Append(CultureInfo.InvariantCulture, $"serveralias {server.Id}={server.Authority}\n");
        }

        // Its limit is one for all; a repository that may be older gets the multiplier.
        foreach (var repository in fleet.Repositories.Values.Where(repository => repository.MaxSnapshotAge > TimeSpan.FromHours(8))) text.Append(CultureInfo.InvariantCulture, $"updated-slowrepo {repository.Name}\n");
        if (fleet.Repositories.Values.Where(repository => repository.MaxSnapshotAge > TimeSpan.FromHours(8)).Select(repository => repository.MaxSnapshotAge / TimeSpan.FromHours(8)).DefaultIfEmpty(0).Max() is > 0 and var multiplier)
        {
            text.Append(CultureInfo.InvariantCulture, $"limit updated-multiplier={multiplier:0.##}\n");
        }

        yield return RenderedFile.OfText("servermon/cvmfsmon.conf", text.ToString());
    }

    public static IEnumerable<RenderedFile> RenderSquid(FleetDescription fleet)
    {
        string[] hosts = [.. fleet.ActiveServers.Where(server => server.IsPublic).Select(server => server.Host).Distinct().Order(StringComparer.Ordinal)];
        string ports = string.Join(' ', fleet.ActiveServers.Where(server => server.IsPublic).Select(server => server.Port).Distinct().Order());
        foreach (var proxy in fleet.Proxies.Values)
        {
            var text = new StringBuilder(RenderedFile.Header(fleet));
            foreach (string host in hosts) text.Append(CultureInfo.InvariantCulture, $"acl cvmfs_servers dstdomain {host}\n");
            text.Append(CultureInfo.InvariantCulture, $"acl cvmfs_ports port {ports}\n");
            foreach (string client in proxy.AllowedClients) text.Append(CultureInfo.InvariantCulture, $"acl cvmfs_clients src {client}\n");
            text.Append(proxy.AllowedClients.Count > 0 ? "http_access allow cvmfs_clients cvmfs_servers cvmfs_ports\n" : "# No clients are named: nobody may ask.\n");
            yield return RenderedFile.OfText($"squid/{proxy.Id}.conf", text.ToString());
        }
    }

    public static IEnumerable<RenderedFile> RenderReplicators(FleetDescription fleet)
    {
        foreach (var server in fleet.ActiveServers.Where(server => server.Role is "stratum1" or "sync" && server.Backend != "s3"))
        {
            foreach (var file in RenderedFile.OfJson(fleet, $"replicator/{server.Id}.json", json =>
            {
                json.WriteStartObject();
                json.WriteString("server", server.Id);
                json.WriteNumber("interval_seconds", (long)(server.SnapshotInterval ?? TimeSpan.FromMinutes(10)).TotalSeconds);
                json.WriteStartArray("repositories");
                foreach (var repository in fleet.RepositoriesOf(server))
                {
                    json.WriteStartObject();
                    json.WriteString("name", repository.Name);
                    string?[] upstreams = [server.Upstream, repository.Stratum0];
                    json.WriteTexts("upstreams", upstreams.OfType<string>().Where(id => id != server.Id && fleet.Servers[id].IsActive).Distinct()
                        .Select(id => fleet.Servers[id].ClientUrl.Replace("@fqrn@", repository.Name, StringComparison.Ordinal)));
                    json.WriteTexts("keys", fleet.Domains[repository.Domain].Keys.Where(id => fleet.Keys[id].State != "retired").Select(id => $"/etc/cvmfs/keys/{repository.Domain}/{id}.pub"));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            })) yield return file;
        }
    }

    public static IEnumerable<RenderedFile> RenderTables(FleetDescription fleet)
    {
        FleetServer[] servers = [.. fleet.ActiveServers.Where(server => server.IsPublic && server.Role is "stratum1" or "cdn")];
        var markdown = new StringBuilder($"<!-- Made by Cvmfs.Net, digest {fleet.Digest}. Generated: do not edit. -->\n\n| Server | URL | Role | Region | Run by |\n|---|---|---|---|---|\n");
        var csv = new StringBuilder("id,url,role,region,owner\n");
        foreach (var server in servers)
        {
            string owner = fleet.Contacts.GetValueOrDefault(server.Owner)?.Name ?? "";
            markdown.Append(CultureInfo.InvariantCulture, $"| {Cell(server.Id)} | `{Cell(server.ClientUrl)}` | {server.Role} | {Cell(server.Region)} | {Cell(owner)} |\n");
            csv.Append(string.Join(',', new[] { server.Id, server.ClientUrl, server.Role, server.Region, owner }.Select(Field))).Append('\n');
        }

        yield return RenderedFile.OfText("docs/servers.md", markdown.ToString());
        yield return RenderedFile.OfText("docs/servers.csv", csv.ToString());
    }

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);

    private static string Field(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
