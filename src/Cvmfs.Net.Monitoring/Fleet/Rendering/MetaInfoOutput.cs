namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Meta information as servers and repositories publish it, and the entries of the registry that cvmfs-monitor reads.</summary>
internal static class MetaInfoOutput
{
    public static IEnumerable<RenderedFile> Render(FleetDescription fleet)
    {
        foreach (var server in fleet.ActiveServers.Where(server => server.Role is "stratum0" or "stratum1" or "sync"))
        {
            var contact = fleet.Contacts.GetValueOrDefault(server.Owner);
            foreach (var file in RenderedFile.OfJson(fleet, $"metainfo/servers/{server.Id}.json", json =>
            {
                json.WriteStartObject();
                json.WriteString("administrator", contact?.Name ?? "");
                json.WriteString("email", contact?.Email ?? "");
                json.WriteString("organisation", fleet.Name);
                json.WriteStartObject("custom");
                json.WriteEndObject();
                json.WriteEndObject();
            })) yield return file;
        }

        foreach (var repository in fleet.Repositories.Values)
        {
            var contact = fleet.Contacts.GetValueOrDefault(repository.Owner);
            foreach (var file in RenderedFile.OfJson(fleet, $"metainfo/repositories/{repository.Name}.json", json =>
            {
                json.WriteStartObject();
                json.WriteString("administrator", contact?.Name ?? "");
                json.WriteString("email", contact?.Email ?? "");
                json.WriteString("organisation", fleet.Name);
                json.WriteString("description", repository.Description);
                json.WriteString("url", repository.Url);
                json.WriteTextIfAny("recommended-stratum0", repository.Stratum0 is { } id && fleet.Servers[id].IsActive ? Url(fleet.Servers[id], repository) : null);
                json.WriteTexts("recommended-stratum1s", PublicReplicas(fleet, repository).Select(server => Url(server, repository)));
                json.WriteStartObject("custom");
                json.WriteEndObject();
                json.WriteEndObject();
            })) yield return file;
        }
    }

    public static IEnumerable<RenderedFile> RenderRegistry(FleetDescription fleet)
    {
        foreach (var repository in fleet.Repositories.Values)
        {
            if (PublicReplicas(fleet, repository).FirstOrDefault() is not { } server) continue;
            foreach (var file in RenderedFile.OfJson(fleet, $"monitor-repos/{repository.Name}.json", json =>
            {
                json.WriteStartObject();
                json.WriteString("name", repository.Description.Length > 0 ? repository.Description : repository.Name);
                json.WriteString("fqrn", repository.Name);
                json.WriteString("url", $"{server.Scheme}://{server.Authority}{server.Path}/");
                json.WriteEndObject();
            })) yield return file;
        }
    }

    /// <summary>Public replicas in use, in the order of the domain first.</summary>
    private static IEnumerable<FleetServer> PublicReplicas(FleetDescription fleet, FleetRepository repository)
    {
        var order = fleet.Domains.TryGetValue(repository.Domain, out var domain) ? domain.ServerOrder : [];
        return order.Concat(repository.Replicas).Distinct().Where(repository.Replicas.Contains).Select(id => fleet.Servers[id]).Where(server => server is { IsActive: true, IsPublic: true });
    }

    private static string Url(FleetServer server, FleetRepository repository) => server.ClientUrl.Replace("@fqrn@", repository.Name, StringComparison.Ordinal);
}
