using System.Globalization;
using System.Text.Json;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Reads the configuration and says of every fault where it is, what it is and what was expected.</summary>
internal sealed class StatusPageConfigurationReader(string file)
{
    public StatusPageConfiguration Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            return Read(document.RootElement, json);
        }
        catch (JsonException odd)
        {
            throw new CvmfsFormatException(file, $"line {(odd.LineNumber ?? 0) + 1}, byte {(odd.BytePositionInLine ?? 0) + 1}: no JSON.", null, odd);
        }
    }

    /// <summary>Reads a list of windows by itself, as the key <c>maintenance</c> has it.</summary>
    public IReadOnlyList<MaintenanceWindow> ReadWindows(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array) throw Fault("", $"is {Kind(root)}, expected a list");
            return [.. root.EnumerateArray().Select((window, i) => Window(window, $"[{i}]"))];
        }
        catch (JsonException odd)
        {
            throw new CvmfsFormatException(file, $"line {(odd.LineNumber ?? 0) + 1}, byte {(odd.BytePositionInLine ?? 0) + 1}: no JSON.", null, odd);
        }
    }

    private StatusPageConfiguration Read(JsonElement root, ReadOnlyMemory<byte> source)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Fault("", $"is {Kind(root)}, expected an object");
        var meta = Object(root, "meta", "meta");
        var servers = Items(root, "servers", "servers", isRequired: true).Select((server, i) => Server(server, $"servers[{i}]")).ToList();
        var forced = Names(root, "repositories");
        if (forced.Count == 0 && servers.FindIndex(server => server.Backend == ServerBackend.S3) is >= 0 and int s3)
        {
            throw Fault("repositories", $"is empty, but {servers[s3].HostName} (servers[{s3}]) is an S3 server, which cannot list what it has");
        }

        var limits = Limits(root, "", new SyncLimits());
        return new StatusPageConfiguration
        {
            Title = Text(meta, "title", "meta.title") ?? throw Fault("meta.title", "is missing"),
            LoggingLevel = Text(meta, "logging_level", "meta.logging_level"),
            ContactEmail = Text(meta, "contact_email", "meta.contact_email") ?? "",
            RepositoryUrl = Text(meta, "repo_url", "meta.repo_url") ?? "",
            RepositoryUrlText = Text(meta, "repo_url_text", "meta.repo_url_text") ?? "",
            Servers = servers,
            Repositories = forced,
            LimitsScrapingToRepositories = Flag(root, "limit_scraping_to_repositories"),
            IgnoredRepositories = Names(root, "ignored_repositories"),
            Rules = Rules(root),
            SyncPolicy = Policy(root),
            Limits = limits,
            DampsFlaps = Flag(root, "flap_damping", otherwise: true),
            RepositoryLimits = RepositoryLimits(root, limits),
            Maintenance = [.. Items(root, "maintenance", "maintenance").Select((window, i) => Window(window, $"maintenance[{i}]"))],
            Texts = Texts(root),
            Interval = Duration(root, "interval", "interval") ?? TimeSpan.FromSeconds(120),
            HistoryDays = HistoryDays(root),
            Source = source,
        };
    }

    private StatusPageServerSettings Server(JsonElement server, string path)
    {
        MustBeObject(server, path);
        string host = Text(server, "hostname", path + ".hostname") ?? throw Fault(path + ".hostname", "is missing");
        if (!ScrapeTarget.TryParse(host, out _)) throw Fault(path + ".hostname", $"\"{host}\" is no server: expected host, host:port, [v6]:port or a URL");
        string role = Text(server, "server_type", path + ".server_type") ?? throw Fault(path + ".server_type", "is missing");
        string backend = Text(server, "backend_type", path + ".backend_type") ?? "AutoDetect";
        return new StatusPageServerSettings(
            host,
            role switch
            {
                "Stratum0" => ServerRole.Stratum0,
                "Stratum1" => ServerRole.Stratum1,
                "SyncServer" => ServerRole.SyncServer,
                _ => throw Fault(path + ".server_type", $"\"{role}\" is no type of server: expected Stratum0, Stratum1 or SyncServer"),
            },
            backend switch
            {
                "AutoDetect" => ServerBackend.AutoDetect,
                "CVMFS" => ServerBackend.Cvmfs,
                "S3" => ServerBackend.S3,
                _ => throw Fault(path + ".backend_type", $"\"{backend}\" is no type of back end: expected CVMFS, S3 or AutoDetect"),
            });
    }

    private IReadOnlyList<StatusRuleSet> Rules(JsonElement root)
    {
        if (!root.TryGetProperty("rules", out _)) return StatusRuleSet.Defaults;
        var rules = Items(root, "rules", "rules").Select((rule, i) => Rule(rule, $"rules[{i}]")).ToList();
        string[] missing = [.. StatusRuleSet.RequiredIds.Except(rules.Select(rule => rule.Id))];
        return missing.Length == 0 ? rules : throw Fault("rules", $"has no rule set {string.Join(", ", missing)}; expected {string.Join(", ", StatusRuleSet.RequiredIds)}");
    }

    private StatusRuleSet Rule(JsonElement rule, string path)
    {
        MustBeObject(rule, path);
        return new StatusRuleSet(
            Text(rule, "id", path + ".id") ?? throw Fault(path + ".id", "is missing"),
            Text(rule, "description", path + ".description") ?? "",
            [.. Items(rule, "conditions", path + ".conditions", isRequired: true).Select((condition, i) => Condition(condition, $"{path}.conditions[{i}]"))]);
    }

    private StatusCondition Condition(JsonElement condition, string path)
    {
        MustBeObject(condition, path);
        string name = Text(condition, "status", path + ".status") ?? throw Fault(path + ".status", "is missing");
        string when = Text(condition, "when", path + ".when") ?? throw Fault(path + ".when", "is missing");
        return ServiceStatusNames.TryParse(name, out var status)
            ? new StatusCondition(status, when)
            : throw Fault(path + ".status", $"\"{name}\" is no status: expected {string.Join(", ", ServiceStatusNames.Legend.Select(legend => legend.Name()))}");
    }

    private SyncPolicy Policy(JsonElement root) => Text(root, "sync_policy", "sync_policy") switch
    {
        null or "lag" => SyncPolicy.Lag,
        "eessi-distance" => SyncPolicy.EessiDistance,
        { } odd => throw Fault("sync_policy", $"\"{odd}\" is no policy: expected lag or eessi-distance"),
    };

    private SyncLimits Limits(JsonElement at, string path, SyncLimits defaults) => new()
    {
        MaxLag = Duration(at, "max_lag", path + "max_lag") ?? defaults.MaxLag,
        MaxSnapshotAge = Duration(at, "max_snapshot_age", path + "max_snapshot_age") ?? defaults.MaxSnapshotAge,
    };

    private Dictionary<string, SyncLimits> RepositoryLimits(JsonElement root, SyncLimits defaults)
    {
        var limits = new Dictionary<string, SyncLimits>(StringComparer.Ordinal);
        if (!root.TryGetProperty("repository_limits", out var all)) return limits;
        MustBeObject(all, "repository_limits");
        foreach (var one in all.EnumerateObject())
        {
            MustBeObject(one.Value, $"repository_limits.{one.Name}");
            limits[one.Name] = Limits(one.Value, $"repository_limits.{one.Name}.", defaults);
        }

        return limits;
    }

    private MaintenanceWindow Window(JsonElement window, string path)
    {
        MustBeObject(window, path);
        var read = new MaintenanceWindow
        {
            From = Time(window, "from", path + ".from"),
            To = Time(window, "to", path + ".to"),
            Servers = [.. Items(window, "servers", path + ".servers").Select((item, i) => String(item, $"{path}.servers[{i}]"))],
            Repositories = [.. Items(window, "repositories", path + ".repositories").Select((item, i) => String(item, $"{path}.repositories[{i}]"))],
            Text = Text(window, "text", path + ".text") ?? "",
        };
        return read.From < read.To ? read : throw Fault(path + ".to", "is not after its from");
    }

    private Dictionary<ServiceStatus, string> Texts(JsonElement root)
    {
        var texts = new Dictionary<ServiceStatus, string>();
        if (!root.TryGetProperty("texts", out var all)) return texts;
        MustBeObject(all, "texts");
        foreach (var text in all.EnumerateObject())
        {
            if (text.NameEquals("UNKNOWN")) texts[ServiceStatus.Unknown] = String(text.Value, "texts.UNKNOWN");
            else if (ServiceStatusNames.TryParse(text.Name, out var status)) texts[status] = String(text.Value, $"texts.{text.Name}");
            else throw Fault($"texts.{text.Name}", "is no status");
        }

        return texts;
    }

    /// <summary>The key of newer EESSI pages: <c>history.enabled</c> and <c>history.retention_days_daily</c>.</summary>
    private int HistoryDays(JsonElement root)
    {
        const int usual = 90;
        if (!root.TryGetProperty("history", out var history) || history.ValueKind != JsonValueKind.Object) return usual;
        if (history.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.False) return 0;
        if (!history.TryGetProperty("retention_days_daily", out var days)) return usual;
        return days.ValueKind == JsonValueKind.Number && days.TryGetInt32(out int count) && count is >= 0 and <= 3660
            ? count
            : throw Fault("history.retention_days_daily", $"is {days.GetRawText()}, expected a number of days from 0 to 3660");
    }

    private List<RepositoryName> Names(JsonElement root, string key)
        => [.. Items(root, key, key).Select((item, i) => RepositoryName.TryParse(String(item, $"{key}[{i}]"), out var name)
            ? name
            : throw Fault($"{key}[{i}]", $"\"{item.GetString()}\" is no repository name")).Distinct()];

    private DateTimeOffset Time(JsonElement at, string key, string path)
    {
        string text = Text(at, key, path) ?? throw Fault(path, "is missing");
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Fault(path, $"\"{text}\" is no time such as 2026-02-03T04:05:06Z");
    }

    private TimeSpan? Duration(JsonElement at, string key, string path)
    {
        if (Text(at, key, path) is not { } text) return null;
        return DurationText.TryParse(text, out var duration) ? duration : throw Fault(path, $"\"{text}\" is no duration such as 45m, 8h, 10d or PT45M");
    }

    private bool Flag(JsonElement at, string key, bool otherwise = false) => !at.TryGetProperty(key, out var value) ? otherwise : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Fault(key, $"is {Kind(value)}, expected true or false"),
    };

    private string? Text(JsonElement at, string key, string path) => at.TryGetProperty(key, out var value) ? String(value, path) : null;

    private string String(JsonElement value, string path) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Fault(path, $"is {Kind(value)}, expected a text");

    private JsonElement Object(JsonElement at, string key, string path)
    {
        if (!at.TryGetProperty(key, out var value)) throw Fault(path, "is missing");
        MustBeObject(value, path);
        return value;
    }

    private void MustBeObject(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Fault(path, $"is {Kind(value)}, expected an object");
    }

    private List<JsonElement> Items(JsonElement at, string key, string path, bool isRequired = false)
    {
        if (!at.TryGetProperty(key, out var value)) return isRequired ? throw Fault(path, "is missing") : [];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Fault(path, $"is {Kind(value)}, expected a list");
    }

    private CvmfsFormatException Fault(string path, string message) => new(file, path.Length == 0 ? $"{message}." : $"{path} {message}.");

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };
}
