using System.Text.Json;
using Cvmfs.Net.Replication.Repairing;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>What a scrub found.</summary>
public sealed record ScrubReport
{
    /// <summary>How it ended.</summary>
    public required ScrubOutcome Outcome { get; init; }

    /// <summary>The storage folder.</summary>
    public required string StorageFolder { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Message { get; init; }

    /// <summary>What a scrub that could not be made ran into; null where the message says it all.</summary>
    public Exception? Cause { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Time from beginning to end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Files hashed.</summary>
    public long Files { get; init; }

    /// <summary>Bytes hashed.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether the storage has been gone through to its end, counting what earlier scrubs of the same pass did.</summary>
    public bool IsPassComplete { get; init; }

    /// <summary>When the pass began, which earlier scrubs may have done.</summary>
    public DateTimeOffset PassStartedAt { get; init; }

    /// <summary>Alerts raised, listed or not.</summary>
    public long AlertCount { get; init; }

    /// <summary>Alerts in the order in which they were raised; at most <see cref="ScrubOptions.MaxAlerts"/>.</summary>
    public IReadOnlyList<ScrubAlert> Alerts { get; init; } = [];

    /// <summary>Damaged objects that were fetched again.</summary>
    public IReadOnlyList<RepairedObject> Repaired { get; init; } = [];

    /// <summary>Damaged objects that are still damaged.</summary>
    public IReadOnlyList<UnrepairedObject> Unrepaired { get; init; } = [];

    /// <summary>Whether nothing is wrong now, as far as was looked.</summary>
    public bool Succeeded => Outcome is ScrubOutcome.Clean or ScrubOutcome.Repaired;

    /// <summary>Writes the report as a JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("outcome", Outcome.ToString());
        json.WriteBoolean("succeeded", Succeeded);
        json.WriteString("storage", StorageFolder);
        json.WriteString("message", Message);
        json.WriteString("started_at", StartedAt.UtcDateTime);
        json.WriteNumber("duration_seconds", Math.Round(Duration.TotalSeconds, 3));
        json.WriteNumber("files", Files);
        json.WriteNumber("bytes", Bytes);
        json.WriteBoolean("pass_complete", IsPassComplete);
        json.WriteString("pass_started_at", PassStartedAt.UtcDateTime);
        json.WriteNumber("alert_count", AlertCount);
        json.WriteStartArray("alerts");
        foreach (var alert in Alerts) alert.WriteJson(json);
        json.WriteEndArray();
        RepairJson.Write(json, Repaired, Unrepaired);
        json.WriteEndObject();
    }
}
