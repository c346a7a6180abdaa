namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Makes configuration files of other programs out of a fleet. The same fleet gives the same bytes; retired servers are in none of them.</summary>
public static class FleetRenderer
{
    private static readonly SortedDictionary<string, (string What, Func<FleetDescription, DateTimeOffset, IEnumerable<RenderedFile>> Render)> s_formats = new(StringComparer.Ordinal)
    {
        ["alertmanager"] = ("routes and receivers of Alertmanager", (fleet, _) => AlertmanagerOutput.Render(fleet)),
        ["ansible"] = ("inventory and variables of Ansible", (fleet, now) => AnsibleOutput.Render(fleet, now)),
        ["calendar"] = ("dates of keys and maintenance, as text and iCalendar", (fleet, _) => CalendarOutput.Render(fleet)),
        ["client"] = ("clients: domains, keys, sites, repositories", ClientOutput.Render),
        ["grafana"] = ("dashboards of Grafana", (fleet, _) => GrafanaOutput.Render(fleet)),
        ["json-schema"] = ("JSON Schema of fleet files", (_, _) => [new RenderedFile("fleet.schema.json", FleetSchema.ToJsonSchema())]),
        ["metainfo"] = ("meta information of servers and repositories", (fleet, _) => MetaInfoOutput.Render(fleet)),
        ["monitor-repos"] = ("entries of the registry of cvmfs-monitor", (fleet, _) => MetaInfoOutput.RenderRegistry(fleet)),
        ["prometheus-rules"] = ("rules of Prometheus, and the facts of the fleet that they join with", (fleet, _) => PrometheusRulesOutput.Render(fleet)),
        ["prometheus-sd"] = ("targets of Prometheus, for scraping and for probing", (fleet, _) => PrometheusTargetsOutput.Render(fleet)),
        ["replicator"] = ("what each replica replicates from where", (fleet, _) => InfrastructureOutput.RenderReplicators(fleet)),
        ["servermon"] = ("configuration of cvmfs-servermon", (fleet, _) => InfrastructureOutput.RenderServermon(fleet)),
        ["squid"] = ("access lists of proxies", (fleet, _) => InfrastructureOutput.RenderSquid(fleet)),
        ["status-page"] = ("configuration of the status page, by environment", (fleet, _) => StatusPageOutput.Render(fleet)),
        ["table"] = ("tables of the public servers for documents", (fleet, _) => InfrastructureOutput.RenderTables(fleet)),
        ["terraform"] = ("variables of Terraform", (fleet, _) => InfrastructureOutput.RenderTerraform(fleet)),
    };

    /// <summary>Names of the formats, each with what it is.</summary>
    public static IEnumerable<(string Format, string What)> Formats => s_formats.Select(format => (format.Key, format.Value.What));

    /// <summary>Makes the files of a format, or of all.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="format">One of <see cref="Formats"/>, or <c>all</c>.</param>
    /// <param name="now">The instant that decides which retired keys clients still get.</param>
    /// <returns>The files, by path.</returns>
    /// <exception cref="ArgumentException">There is no such format.</exception>
    public static IReadOnlyList<RenderedFile> Render(FleetDescription fleet, string format, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        if (format != "all" && !s_formats.ContainsKey(format)) throw new ArgumentException($"There is no format \"{format}\"; there are {string.Join(", ", s_formats.Keys)} and all.", nameof(format));
        return [.. s_formats.Where(known => format == "all" || known.Key == format).SelectMany(known => known.Value.Render(fleet, now)).OrderBy(file => file.Path, StringComparer.Ordinal)];
    }
}
