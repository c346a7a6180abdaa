// One file says what there is, and everything else is generated from it:
//
//   fleet.yaml ─► FleetYaml ─► nodes with lines ─► FleetSchema (form) ─► FleetReader ─► FleetDescription
//                                                                              └─► FleetRules (sense) ─► FleetProblems
//   FleetDescription ─► Rendering/ ─► files for Prometheus, Ansible, clients, proxies, Terraform, …
// Must stay true
//   - No secret is in the file or in anything that is made from it: only references to secrets.
//   - The same file gives the same bytes; a server that is retired is in none of them.
//   - Whatever is wrong is said with file, line and key, and all of it at once.
namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Reads fleet files: YAML 1.2 or JSON, one file or a folder of them merged in the order of names.</summary>
public static class FleetReader
{
    private const int MaxBytes = 4 << 20;

    /// <summary>Reads a file, or the <c>*.yaml</c>, <c>*.yml</c> and <c>*.json</c> of a folder.</summary>
    /// <param name="path">File or folder; key files are looked for beside it.</param>
    /// <param name="now">The instant that validity is judged at.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<FleetReadResult> LoadAsync(string path, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        bool isFolder = Directory.Exists(path);
        string folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] files = isFolder ? [.. Directory.EnumerateFiles(path).Where(IsFleet).Order(StringComparer.Ordinal)] : [path];
        var texts = new List<(string, string)>();
        foreach (string file in files)
        {
            if (new FileInfo(file).Length > MaxBytes) throw new IOException($"{file}: longer than {MaxBytes} bytes.");
            texts.Add((file, await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)));
        }

        return Read(texts, now, name => ReadKey(Path.Combine(folder, name)));
    }

    /// <summary>Reads texts as if they were files, merged in their order.</summary>
    /// <param name="files">Names, for messages, and texts.</param>
    /// <param name="now">The instant that validity is judged at.</param>
    /// <param name="readKeyFile">Reads a key file by its name in the fleet file; null result for one that is not there. Null reads none.</param>
    public static FleetReadResult Read(IReadOnlyList<(string File, string Text)> files, DateTimeOffset now, Func<string, string?>? readKeyFile = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        var problems = new List<FleetProblem>();
        var root = Merge(files, problems);
        if (root is null || problems.Count > 0) return new FleetReadResult(null, problems.Count > 0 ? problems : [new FleetProblem(files.Count > 0 ? files[0].File : "", 1, "", "is empty, expected a fleet")]);
        FleetSchema.Root.Check(root, problems);
        if (problems.Count > 0) return new FleetReadResult(null, Sorted(problems));
        var fleet = ToFleet(root, FleetDescription.DigestOf(files.Select(file => file.Text)), readKeyFile, problems);
        FleetRules.Check(fleet, root, now, problems);
        var result = new FleetReadResult(fleet, Sorted(problems));
        return result.HasErrors ? result with { Fleet = null } : result;
    }

    private static FleetNode? Merge(IReadOnlyList<(string File, string Text)> files, List<FleetProblem> problems)
    {
        var merged = new Dictionary<string, FleetNode>(StringComparer.Ordinal);
        FleetNode? first = null;
        foreach (var (file, text) in files)
        {
            try
            {
                if (FleetYaml.Read(file, text) is not { } root || root.IsNull) continue;
                first ??= root;
                if (root.Entries is null) problems.Add(root.Problem($"is {root.Kind}, expected a mapping"));
                foreach (var (key, value) in root.Entries ?? [])
                {
                    if (!merged.TryGetValue(key, out var before)) merged[key] = value;
                    else merged[key] = Join(key, before, value, problems);
                }
            }
            catch (FleetSyntaxException odd)
            {
                problems.Add(odd.Problem);
            }
        }

        return first is null ? null : new FleetNode(first.File, first.Line, "") { Entries = merged };
    }

    private static FleetNode Join(string key, FleetNode before, FleetNode value, List<FleetProblem> problems)
    {
        if (before.Items is { } items && value.Items is { } more) return new FleetNode(before.File, before.Line, key) { Items = [.. items, .. more] };
        if (before.Entries is { } entries && value.Entries is { } added)
        {
            var all = new Dictionary<string, FleetNode>(entries, StringComparer.Ordinal);
            foreach (var (id, node) in added)
            {
                if (!all.TryAdd(id, node)) problems.Add(node.Problem($"is there twice: also in {entries[id].File}, line {entries[id].Line}"));
            }

            return new FleetNode(before.File, before.Line, key) { Entries = all };
        }

        if (before.Scalar != value.Scalar) problems.Add(value.Problem($"is {value.Kind}, but {before.Kind} in {before.File}, line {before.Line}"));
        return before;
    }

    private static FleetDescription ToFleet(FleetNode root, string digest, Func<string, string?>? readKeyFile, List<FleetProblem> problems)
    {
        var servers = Table(root, "servers", ToServer);
        string[] allPublic = [.. servers.Values.Where(server => server is { Role: "stratum1", IsPublic: true, IsActive: true }).Select(server => server.Id)];
        return new FleetDescription
        {
            Name = root.Text("name")!,
            Digest = digest,
            Contacts = Table(root, "contacts", (id, node) => new FleetContact(id, node.Text("name")!, node.Text("email") ?? "")),
            Environments = Table(root, "environments", (id, node) => new FleetEnvironment(id, node.Flag("publish_on_status_page") ?? false, node.Text("channels") ?? id)),
            Routing = Table(root, "routing", (_, node) => (node.Text("page")!, node.Text("ticket")!, node.Text("info")!)),
            Receivers = Table(root, "receivers", (id, node) => new FleetReceiver(id, node.Text("type")!, node.Text("to"), node.Text("url_ref"))),
            Keys = Table(root, "keys", (id, node) => ToKey(id, node, readKeyFile, problems)),
            Domains = Table(root, "domains", ToDomain),
            Repositories = Table(root, "repositories", (name, node) => ToRepository(name, node, allPublic)),
            Servers = servers,
            Proxies = Table(root, "proxies", (id, node) => new FleetProxy(
                id, node.Text("host")!, node.Integer("port") ?? 3128, node.Text("environment")!, node.Text("tier") ?? "standard", node.Text("owner") ?? "", node.Texts("allowed_clients"))
            {
                Metrics = node.Find("metrics") is { IsNull: false } metrics ? (metrics.Text("host") ?? node.Text("host")!, metrics.Integer("port")!.Value, metrics.Text("path") ?? "/metrics") : null,
            }),
            Sites = Table(root, "sites", (id, node) => new FleetSite(
                id, node.Texts("proxies"), node.Texts("fallback_proxies"), node.Find("clients")?.Integer("quota_mb"), node.Find("clients")?.Text("cache_base"), node.Find("clients")?.Texts("repositories") ?? [])),
            StatusPage = root.Find("status_page"),
            Maintenance = root.Find("maintenance"),
            Monitoring = root.Find("monitoring"),
            Links = Table(root, "links", (_, node) => node.Scalar ?? ""),
            PagingTiers = ToPagingTiers(root),
        };
    }

    private static string ToPagingTiers(FleetNode root)
    {
        string[] tiers = [.. (root.Find("tiers")?.Entries ?? []).Where(tier => tier.Value.Flag("page") == true).Select(tier => tier.Key).Order(StringComparer.Ordinal)];
        return tiers.Length > 0 ? string.Join('|', tiers) : "critical";
    }

    private static FleetServer ToServer(string id, FleetNode node)
    {
        string scheme = node.Text("scheme") ?? "http";
        return new FleetServer
        {
            Id = id,
            Host = node.Text("host")!,
            Scheme = scheme,
            Port = node.Integer("port") ?? (scheme == "https" ? 443 : 80),
            Path = node.Text("path") ?? "/cvmfs",
            Role = node.Text("role")!,
            Backend = node.Text("backend") ?? "auto",
            IsPublic = node.Flag("public") ?? false,
            Environment = node.Text("environment")!,
            Tier = node.Text("tier") ?? "standard",
            Owner = node.Text("owner") ?? "",
            Provider = node.Text("provider") ?? "",
            Region = node.Text("region") ?? "",
            State = node.Text("state") ?? "active",
            Origin = node.Text("origin"),
            Upstream = node.Text("upstream"),
            SnapshotInterval = node.Duration("snapshot_interval"),
            Repositories = [.. node.Texts("repositories").Where(name => name != "inherit")],
            HasLocation = node.Find("location") is not null,
            Metrics = [.. (node.Find("metrics")?.Items ?? []).Select(metric => (metric.Text("kind")!, metric.Integer("port")!.Value, metric.Text("path") ?? "/metrics"))],
            Node = node,
        };
    }

    private static FleetRepository ToRepository(string name, FleetNode node, string[] allPublic)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string[] replicas = node.Texts("replicas");
        return new FleetRepository
        {
            Name = name,
            Domain = node.Text("domain") ?? name[(dot + 1)..],
            Stratum0 = node.Text("stratum0"),
            Sync = node.Texts("sync"),
            Replicas = [.. replicas.SelectMany(id => id == "all-public" ? allPublic : [id]).Distinct()],
            Owner = node.Text("owner")!,
            Environment = node.Text("environment")!,
            Tier = node.Text("tier") ?? "standard",
            Description = node.Text("description") ?? "",
            Url = node.Text("url") ?? "",
            IsGarbageCollectable = node.Flag("garbage_collectable") ?? false,
            MaxLag = node.Duration("max_lag") ?? TimeSpan.FromMinutes(45),
            MaxSnapshotAge = node.Duration("max_snapshot_age") ?? TimeSpan.FromHours(8),
            MaxCollectionAge = node.Duration("max_gc_age"),
            ServerOptions = node.Texts("server_options"),
            ClientOptions = node.Texts("client_options"),
            Node = node,
        };
    }

    private static FleetDomain ToDomain(string name, FleetNode node) => new()
    {
        Name = name,
        Keys = node.Texts("keys"),
        UsesGeoApi = node.Flag("use_geoapi") ?? true,
        ServerOrder = node.Texts("server_order"),
        CdnOrder = node.Texts("cdn_order"),
        Timeout = node.Find("client")?.Integer("timeout"),
        TimeoutDirect = node.Find("client")?.Integer("timeout_direct"),
        MaxTtl = node.Find("client")?.Integer("max_ttl"),
        Node = node,
    };

    private static FleetKey ToKey(string id, FleetNode node, Func<string, string?>? readKeyFile, List<FleetProblem> problems)
    {
        string? pem = node.Text("pem"), file = node.Text("pem_file");
        if (pem is null && file is null) problems.Add(node.Problem("has neither pem nor pem_file"));
        if (pem is null && file is not null && readKeyFile is not null)
        {
            pem = readKeyFile(file);
            if (pem is null) problems.Add(node.Problem($"names the file {file}, which is not there"));
        }

        if (pem?.Contains("PRIVATE KEY", StringComparison.Ordinal) == true)
        {
            problems.Add(node.Problem("is a private key; only public ones belong here"));
            pem = null;
        }

        return new FleetKey(id, node.Text("state")!, pem, file, node.Time("valid_until"), node.Time("valid_from"));
    }

    private static SortedDictionary<string, T> Table<T>(FleetNode root, string key, Func<string, FleetNode, T> read)
    {
        var table = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var (id, node) in root.Find(key)?.Entries ?? []) table[id] = read(id, node);
        return table;
    }

    private static List<FleetProblem> Sorted(List<FleetProblem> problems)
        => [.. problems.OrderBy(problem => problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line).ThenBy(problem => problem.Path, StringComparer.Ordinal)];

    private static bool IsFleet(string file) => Path.GetExtension(file) is ".yaml" or ".yml" or ".json";

    private static string? ReadKey(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}
