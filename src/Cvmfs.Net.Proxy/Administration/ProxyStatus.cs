using System.Reflection;
using System.Text.Json;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Storage;

namespace Cvmfs.Net.Proxy.Administration;

/// <summary>How a proxy is doing, for people and programs.</summary>
internal sealed record ProxyStatus
{
    private const int MaxRepositories = 20;

    /// <summary>Version of the program.</summary>
    public string Version { get; } = typeof(ProxyStatus).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    /// <summary>Since when it runs.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Requests by how they were answered, in the order of <see cref="RequestResult"/>.</summary>
    public required long[] Requests { get; init; }

    /// <summary>Body bytes sent, likewise.</summary>
    public required long[] Sent { get; init; }

    /// <summary>Clients of the last five minutes, about.</summary>
    public required int Clients { get; init; }

    /// <summary>Requests that wait for something other than the cache.</summary>
    public required long Running { get; init; }

    /// <summary>Fetches that run.</summary>
    public required int Transfers { get; init; }

    /// <summary>What the tiers hold.</summary>
    public required (string Tier, TierFigures Figures)[] Tiers { get; init; }

    /// <summary>Servers that were asked.</summary>
    public required ServerStatus[] Servers { get; init; }

    /// <summary>The repositories that are asked for most.</summary>
    public required KnownRepository[] Repositories { get; init; }

    /// <summary>Bytes on disk of the objects of repositories, by name.</summary>
    public required IReadOnlyDictionary<string, long> StoredBytes { get; init; }

    /// <summary>Lines that the access log lost.</summary>
    public required long LostLines { get; init; }

    /// <summary>Why newer settings are not in use; null where the newest are.</summary>
    public string? SettingsProblem { get; init; }

    /// <summary>Settings that hold from the next start only.</summary>
    public IReadOnlyList<string> AwaitingRestart { get; init; } = [];

    /// <summary>Share of the requests for content that needed no server, 0 to 1.</summary>
    public double HitRatio
    {
        get
        {
            long hits = Requests[(int)RequestResult.Hit] + Requests[(int)RequestResult.Revalidated] + Requests[(int)RequestResult.Collapsed] + Requests[(int)RequestResult.Stale];
            long all = Requests.Sum() - Requests[(int)RequestResult.Denied];
            return all == 0 ? 0 : (double)hits / all;
        }
    }

    /// <summary>The repositories that are asked for most, of all that are counted.</summary>
    public static KnownRepository[] Top(IEnumerable<KnownRepository> repositories)
        => [.. repositories.Select(repository => (repository, Count: repository.Requests())).Where(entry => entry.Count > 0).OrderByDescending(entry => entry.Count).Take(MaxRepositories).Select(entry => entry.repository)];

    /// <summary>As a JSON document.</summary>
    public byte[] ToJson()
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("version", Version);
            json.WriteString("started", Started.UtcDateTime);
            json.WriteNumber("uptimeSeconds", Math.Round((Now - Started).TotalSeconds, 1));
            json.WriteNumber("hitRatio", Math.Round(HitRatio, 4));
            json.WriteNumber("clients", Clients);
            json.WriteNumber("runningRequests", Running);
            json.WriteNumber("transfers", Transfers);
            json.WriteStartObject("requests");
            for (int i = 0; i < Requests.Length; i++) json.WriteNumber(RequestResults.Text((RequestResult)i), Requests[i]);
            json.WriteEndObject();
            json.WriteStartObject("bytes");
            for (int i = 0; i < Sent.Length; i++) json.WriteNumber(RequestResults.Text((RequestResult)i), Sent[i]);
            json.WriteEndObject();
            json.WriteStartArray("tiers");
            foreach (var (tier, figures) in Tiers)
            {
                json.WriteStartObject();
                json.WriteString("tier", tier);
                json.WriteNumber("objects", figures.Objects);
                json.WriteNumber("usedBytes", figures.UsedBytes);
                json.WriteNumber("limitBytes", figures.LimitBytes);
                json.WriteNumber("suspendedFolders", figures.Suspended);
                json.WriteNumber("writeErrors", figures.WriteErrors);
                json.WriteNumber("readErrors", figures.ReadErrors);
                json.WriteNumber("damagedObjects", figures.Damaged);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("servers");
            foreach (var server in Servers)
            {
                json.WriteStartObject();
                json.WriteString("name", server.Name);
                json.WriteString("state", server.State);
                if (server.Latency is { } latency) json.WriteNumber("latencySeconds", Math.Round(latency.TotalSeconds, 4));
                json.WriteNumber("requests", server.Requests);
                json.WriteNumber("failures", server.Failures);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("repositories");
            foreach (var repository in Repositories)
            {
                json.WriteStartObject();
                json.WriteString("name", repository.Name);
                json.WriteNumber("requests", repository.Requests());
                json.WriteNumber("bytes", repository.Bytes());
                json.WriteNumber("storedBytes", StoredBytes.GetValueOrDefault(repository.Name));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("lostLogLines", LostLines);
            if (SettingsProblem is not null) json.WriteString("settingsProblem", SettingsProblem);
            json.WriteStartArray("awaitingRestart");
            foreach (string setting in AwaitingRestart) json.WriteStringValue(setting);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return output.ToArray();
    }
}
