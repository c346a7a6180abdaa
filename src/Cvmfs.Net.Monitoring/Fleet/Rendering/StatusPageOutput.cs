using System.Text.Json;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Configuration of the status page, a file for each environment.</summary>
internal static class StatusPageOutput
{
    private static readonly (string Role, string Type)[] Types = [("stratum0", "Stratum0"), ("sync", "SyncServer"), ("stratum1", "Stratum1")];

    public static IEnumerable<RenderedFile> Render(FleetDescription fleet) => fleet.Environments.Keys.SelectMany(environment => Render(fleet, environment));

    private static IEnumerable<RenderedFile> Render(FleetDescription fleet, string environment)
        => RenderedFile.OfJson(fleet, $"status-page/{environment}.json", json =>
        {
            string[] hidden = fleet.StatusPage?.Texts("hide") ?? [];
            FleetServer[] servers = [.. Types.SelectMany(type => fleet.Servers.Values.Where(server => server.Role == type.Role)).Where(server => server.State == "active" && server.Environment == environment && !hidden.Contains(server.Id))];
            FleetRepository[] repositories = [.. fleet.Repositories.Values.Where(repository => repository.Environment == environment || servers.Any(server => fleet.RepositoriesOf(server).Contains(repository)))];
            json.WriteStartObject();
            json.WriteStartObject("meta");
            json.WriteString("title", fleet.StatusPage?.Text("title") ?? fleet.Name);
            json.WriteString("logging_level", "WARN");
            json.WriteString("contact_email", fleet.Contacts.Values.Select(contact => contact.Email).FirstOrDefault(email => email.Length > 0) ?? "");
            json.WriteString("repo_url", "");
            json.WriteString("repo_url_text", "");
            json.WriteEndObject();
            json.WriteStartArray("servers");
            foreach (var server in servers)
            {
                json.WriteStartObject();
                json.WriteString("hostname", FleetTargets.PageNameOf(server));
                json.WriteString("server_type", Types.First(type => type.Role == server.Role).Type);
                json.WriteString("backend_type", server.Backend switch { "s3" => "S3", "cvmfs" => "CVMFS", _ => "AutoDetect" });
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteTexts("repositories", repositories.Select(repository => repository.Name));
            json.WriteBoolean("limit_scraping_to_repositories", false);
            json.WriteStartArray("ignored_repositories");
            json.WriteEndArray();
            json.WriteString("sync_policy", fleet.StatusPage?.Text("sync_policy") ?? "lag");
            json.WriteStartObject("repository_limits");
            foreach (var repository in repositories)
            {
                json.WriteStartObject(repository.Name);
                json.WriteString("max_lag", Seconds(repository.MaxLag));
                json.WriteString("max_snapshot_age", Seconds(repository.MaxSnapshotAge));
                json.WriteEndObject();
            }

            json.WriteEndObject();
            WriteTexts(json, fleet);
            WriteMaintenance(json, fleet, servers, repositories);
            WriteRules(json, fleet);
            json.WriteEndObject();
        });

    private static void WriteTexts(Utf8JsonWriter json, FleetDescription fleet)
    {
        if (fleet.StatusPage?.Find("texts") is not { } texts) return;
        json.WritePropertyName("texts");
        json.WriteNode(texts);
    }

    private static void WriteMaintenance(Utf8JsonWriter json, FleetDescription fleet, FleetServer[] servers, FleetRepository[] repositories)
    {
        json.WriteStartArray("maintenance");
        foreach (var window in FleetMaintenance.Of(fleet).Select(window => window.OnPage(servers, repositories.Select(repository => repository.Name))).OfType<MaintenanceWindow>())
        {
            json.WriteStartObject();
            json.WriteString("from", StatusPageJson.Rfc3339(window.From));
            json.WriteString("to", StatusPageJson.Rfc3339(window.To));
            json.WriteTexts("servers", window.Servers);
            json.WriteTexts("repositories", window.Repositories);
            json.WriteString("text", window.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRules(Utf8JsonWriter json, FleetDescription fleet)
    {
        json.WritePropertyName("rules");
        if (fleet.StatusPage?.Find("rules") is { } rules)
        {
            json.WriteNode(rules);
            return;
        }

        json.WriteStartArray();
        foreach (var rule in StatusRuleSet.Defaults)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            json.WriteString("description", rule.Description);
            json.WriteStartArray("conditions");
            foreach (var condition in rule.Conditions)
            {
                json.WriteStartObject();
                json.WriteString("status", condition.Status.Name());
                json.WriteString("when", condition.When);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Seconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(long)time.TotalSeconds}s");
}
