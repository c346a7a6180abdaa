using System.Text.Json;
using Cvmfs.Net.Replication.Repairing;
using Cvmfs.Net.Replication.Scrubbing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What a check found.</summary>
public sealed record CheckReport
{
    /// <summary>How it ended.</summary>
    public required CheckOutcome Outcome { get; init; }

    /// <summary>Fully qualified name of the repository; the replica's alias where that is not known.</summary>
    public required string Repository { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Message { get; init; }

    /// <summary>What a check that could not be made ran into; null where the message says it all.</summary>
    public Exception? Cause { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Time from beginning to end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Revision of the manifest; null if there is none.</summary>
    public ulong? Revision { get; init; }

    /// <summary>Revisions looked at: HEAD, tags, the reflog's.</summary>
    public int Roots { get; init; }

    /// <summary>Catalogs that were opened.</summary>
    public long Catalogs { get; init; }

    /// <summary>Catalogs that an earlier check has proven.</summary>
    public long ProvenCatalogs { get; init; }

    /// <summary>Entries looked at, in opened catalogs.</summary>
    public long Entries { get; init; }

    /// <summary>Distinct objects that are referred to; null where existence was not asked for.</summary>
    public long? ReferencedObjects { get; init; }

    /// <summary>Objects that are referred to and not there.</summary>
    public long MissingObjects { get; init; }

    /// <summary>Objects of the storage that nothing refers to; null where not all revisions were looked at.</summary>
    public long? UnreferencedObjects { get; init; }

    /// <summary>Their bytes; null where not all revisions were looked at.</summary>
    public long? UnreferencedBytes { get; init; }

    /// <summary>Fatal findings and errors, listed or not.</summary>
    public long ErrorCount { get; init; }

    /// <summary>Warnings, listed or not.</summary>
    public long WarningCount { get; init; }

    /// <summary>Findings in the order in which they were made; at most <see cref="CheckOptions.MaxFindings"/>.</summary>
    public IReadOnlyList<CheckFinding> Findings { get; init; } = [];

    /// <summary>What hashing every object brought; null where it was not asked for.</summary>
    public ScrubReport? Content { get; init; }

    /// <summary>What was repaired, the reflog included.</summary>
    public IReadOnlyList<RepairedObject> Repaired { get; init; } = [];

    /// <summary>What could not be repaired.</summary>
    public IReadOnlyList<UnrepairedObject> Unrepaired { get; init; } = [];

    /// <summary>Whether nothing is wrong now.</summary>
    public bool Succeeded => Outcome is CheckOutcome.Clean or CheckOutcome.Repaired;

    /// <summary>Writes the report as a JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("outcome", Outcome.ToString());
        json.WriteBoolean("succeeded", Succeeded);
        json.WriteString("repository", Repository);
        json.WriteString("message", Message);
        json.WriteString("started_at", StartedAt.UtcDateTime);
        json.WriteNumber("duration_seconds", Math.Round(Duration.TotalSeconds, 3));
        if (Revision is { } revision) json.WriteNumber("revision", revision);
        json.WriteNumber("roots", Roots);
        json.WriteNumber("catalogs", Catalogs);
        json.WriteNumber("proven_catalogs", ProvenCatalogs);
        json.WriteNumber("entries", Entries);
        if (ReferencedObjects is { } referenced) json.WriteNumber("referenced_objects", referenced);
        json.WriteNumber("missing_objects", MissingObjects);
        if (UnreferencedObjects is { } unreferenced) json.WriteNumber("unreferenced_objects", unreferenced);
        if (UnreferencedBytes is { } bytes) json.WriteNumber("unreferenced_bytes", bytes);
        json.WriteNumber("errors", ErrorCount);
        json.WriteNumber("warnings", WarningCount);
        json.WriteStartArray("findings");
        foreach (var finding in Findings) finding.WriteJson(json);
        json.WriteEndArray();
        RepairJson.Write(json, Repaired, Unrepaired);
        if (Content is { } content)
        {
            json.WritePropertyName("content");
            content.WriteJson(json);
        }

        json.WriteEndObject();
    }
}
