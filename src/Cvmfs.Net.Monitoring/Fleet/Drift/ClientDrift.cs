namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Whether clients are configured as the file says: servers and their order, keys, proxies.</summary>
internal sealed class ClientDrift(FleetDescription fleet, string folder, DateTimeOffset now, DriftFindings findings)
{
    private const int MaxBytes = 1 << 20;

    /// <exception cref="IOException">There is no such folder, or a file cannot be read.</exception>
    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: there is no such folder of clients' configuration.");
        findings.Compared.Add(DriftKind.ClientConfig);
        string root = Path.Combine(folder, "etc", "cvmfs") is { } inner && Directory.Exists(inner) ? inner : folder;
        bool sawAny = false;
        foreach (var domain in fleet.Domains.Values)
        {
            string any = fleet.Repositories.Values.FirstOrDefault(repository => repository.Domain == domain.Name)?.Name ?? "any." + domain.Name;
            sawAny |= await CompareServersAsync(root, Path.Combine("domain.d", domain.Name), domain, any, cancellationToken).ConfigureAwait(false);
            sawAny |= await CompareKeysAsync(root, domain, cancellationToken).ConfigureAwait(false);
        }

        foreach (var repository in fleet.Repositories.Values)
        {
            sawAny |= await CompareServersAsync(root, Path.Combine("config.d", repository.Name), fleet.Domains[repository.Domain], repository.Name, cancellationToken).ConfigureAwait(false);
        }

        sawAny |= await CompareProxiesAsync(root, cancellationToken).ConfigureAwait(false);
        if (!sawAny) findings.CannotSee(DriftKind.ClientConfig, folder, "has no configuration of any domain, repository or proxy of the file");
    }

    private async Task<bool> CompareServersAsync(string root, string name, FleetDomain domain, string repository, CancellationToken cancellationToken)
    {
        var set = new List<ClientAssignment>();
        foreach (string ending in (string[])[".conf", ".local"]) set.AddRange(await ReadAsync(root, name + ending, cancellationToken).ConfigureAwait(false));
        string[] order = Urls(domain.ServerOrder, repository), cdn = Urls(domain.CdnOrder, repository);
        var lists = set.Where(one => one.Name == "CVMFS_SERVER_URL").ToList();
        foreach (var list in lists)
        {
            string[] found = [.. list.Value.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(url => !url.Contains('$', StringComparison.Ordinal)).Select(url => ServerUrl.Normalize(url, repository))];
            // A file may have a list for use with a CDN beside the plain one: each is compared with the one it is nearer to.
            int likeOrder = found.Intersect(order).Count(), likeCdn = found.Intersect(cdn).Count();
            string[] wanted = cdn.Length > 0 && (likeCdn > likeOrder || (likeOrder == 0 && lists.Count > 1)) ? cdn : order;
            foreach (string url in found.Except(wanted)) findings.Differs(DriftKind.ClientConfig, list.Place, $"lists {url}, {ServerUrl.Describe(fleet, url, repository)}");
            foreach (string url in wanted.Except(found)) findings.Differs(DriftKind.ClientConfig, list.Place, $"does not list {url}");
            if (found.Length == wanted.Length && !found.Except(wanted).Any() && !found.SequenceEqual(wanted)) findings.Differs(DriftKind.ClientConfig, list.Place, $"has the order {string.Join(", ", found)}, and the file says {string.Join(", ", wanted)}");
        }

        foreach (var geo in set.Where(one => one.Name == "CVMFS_USE_GEOAPI"))
        {
            bool isUsed = geo.Value.ToUpperInvariant() is "YES" or "ON" or "1" or "TRUE";
            bool mayBeOff = domain.CdnOrder.Count > 0; // in the branch of the CDN
            if (isUsed != domain.UsesGeoApi && !(mayBeOff && !isUsed)) findings.Differs(DriftKind.ClientConfig, geo.Place, $"has CVMFS_USE_GEOAPI={geo.Value}, and the file says {(domain.UsesGeoApi ? "yes" : "no")}");
        }

        return set.Count > 0;
    }

    private async Task<bool> CompareKeysAsync(string root, FleetDomain domain, CancellationToken cancellationToken)
    {
        string keys = Path.Combine(root, "keys", domain.Name);
        if (!Directory.Exists(keys)) return false;
        findings.Compared.Add(DriftKind.Keys);
        var wanted = domain.Keys.Select(id => fleet.Keys[id]).Where(key => key.Pem is not null).ToList();
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(keys, "*.pub").Order(StringComparer.Ordinal))
        {
            string place = Path.GetRelativePath(folder, file);
            var ids = FleetKey.IdsOf(await ReadTextAsync(file, cancellationToken).ConfigureAwait(false));
            if (ids.Count == 0) findings.Differs(DriftKind.Keys, place, "holds no public key");
            foreach (string id in ids)
            {
                found.Add(id);
                var key = wanted.Find(key => key.Ids.Contains(id));
                if (key is null) findings.Differs(DriftKind.Keys, place, $"is no key of {domain.Name}");
                else if (!key.IsShippedAt(now)) findings.Differs(DriftKind.Keys, place, $"is {key.Id}, which is {key.State} in the file");
            }
        }

        foreach (var key in wanted.Where(key => key.IsShippedAt(now) && !key.Ids.Any(found.Contains)))
        {
            findings.Differs(DriftKind.Keys, Path.GetRelativePath(folder, keys), $"does not hold {key.Id}, which is {key.State} in the file");
        }

        return true;
    }

    private async Task<bool> CompareProxiesAsync(string root, CancellationToken cancellationToken)
    {
        if (fleet.Proxies.Count == 0) return false;
        var known = fleet.Proxies.Values.Select(proxy => proxy.Url).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var set = await ReadAsync(root, "default.local", cancellationToken).ConfigureAwait(false);
        foreach (var list in set.Where(one => one.Name is "CVMFS_HTTP_PROXY" or "CVMFS_FALLBACK_PROXY"))
        {
            foreach (string proxy in list.Value.Split([';', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(proxy => proxy.ToUpperInvariant() is not ("DIRECT" or "AUTO")))
            {
                string url = (proxy.Contains("://", StringComparison.Ordinal) ? proxy : "http://" + proxy).TrimEnd('/');
                if (!known.Contains(url)) findings.Differs(DriftKind.ClientConfig, list.Place, $"names the proxy {url}, which is not in the file");
            }
        }

        return set.Count > 0;
    }

    private async Task<List<ClientAssignment>> ReadAsync(string root, string name, CancellationToken cancellationToken)
    {
        string path = Path.Combine(root, name);
        return File.Exists(path) ? [.. ClientAssignment.Read(Path.GetRelativePath(folder, path), await ReadTextAsync(path, cancellationToken).ConfigureAwait(false))] : [];
    }

    private static async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken)
        => new FileInfo(path).Length > MaxBytes ? throw new IOException($"{path}: longer than {MaxBytes} bytes.") : await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);

    private string[] Urls(IEnumerable<string> order, string repository) => [.. Rendering.ClientOutput.Urls(fleet, order).Select(url => ServerUrl.Normalize(url, repository))];
}
