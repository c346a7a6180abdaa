using System.Text.Json;

namespace Cvmfs.Net.Documents;

/// <summary><c>.cvmfs_status.json</c>: when a server last took a snapshot, collected garbage and checked. Unsigned: for display only.</summary>
/// <remarks>Immutable. Keys that are not known, and values of unexpected kinds, survive a change of others.</remarks>
public sealed class StatusDocument
{
    private const string DocumentName = ".cvmfs_status.json";
    private const string LastSnapshotKey = "last_snapshot";
    private const string LastCollectionKey = "last_gc";
    private const string LastCheckKey = "last_check";
    private const string CheckStatusKey = "check_status";
    private const string Succeeded = "succeeded";
    private const string Failed = "failed";

    private readonly JsonElement _root;

    private StatusDocument(JsonElement root) => _root = root;

    /// <summary>A status without any statement.</summary>
    public static StatusDocument Empty { get; } = Parse("{}"u8.ToArray());

    /// <summary>End of the last successful snapshot; null where the document does not say.</summary>
    public CvmfsDate? LastSnapshot => _root.Date(LastSnapshotKey);

    /// <summary>End of the last garbage collection; null where the document does not say.</summary>
    public CvmfsDate? LastGarbageCollection => _root.Date(LastCollectionKey);

    /// <summary>End of the last integrity check; null where the document does not say.</summary>
    public CvmfsDate? LastCheck => _root.Date(LastCheckKey);

    /// <summary>How that check ended; null where the document does not say, or says neither "succeeded" nor "failed".</summary>
    public bool? CheckSucceeded => CheckStatus switch
    {
        Succeeded => true,
        Failed => false,
        _ => null,
    };

    /// <summary>How that check ended in the document's own word; null where it does not say.</summary>
    public string? CheckStatus => _root.Text(CheckStatusKey);

    /// <summary>Parses the document.</summary>
    /// <exception cref="CvmfsFormatException">No JSON object.</exception>
    public static StatusDocument Parse(ReadOnlyMemory<byte> json, string? origin = null)
    {
        using var document = LenientJson.Parse(json, origin ?? DocumentName);
        return new StatusDocument(document.RootElement.Clone());
    }

    /// <summary>The same with another end of the last snapshot.</summary>
    public StatusDocument WithLastSnapshot(DateTimeOffset time) => With((LastSnapshotKey, CvmfsDate.Format(time)));

    /// <summary>The same with another end of the last garbage collection.</summary>
    public StatusDocument WithLastGarbageCollection(DateTimeOffset time) => With((LastCollectionKey, CvmfsDate.Format(time)));

    /// <summary>The same with another check.</summary>
    public StatusDocument WithLastCheck(DateTimeOffset time, bool succeeded)
        => With((LastCheckKey, CvmfsDate.Format(time)), (CheckStatusKey, succeeded ? Succeeded : Failed));

    /// <summary>The document, UTF-8.</summary>
    public byte[] ToBytes() => LenientJson.Write(json => WriteAll(json, []));

    private StatusDocument With(params ReadOnlySpan<(string Key, string Value)> changes)
    {
        var changed = changes.ToArray();
        return Parse(LenientJson.Write(json => WriteAll(json, changed)));
    }

    private void WriteAll(Utf8JsonWriter json, (string Key, string Value)[] changes)
    {
        foreach (var property in _root.EnumerateObject())
        {
            if (!Array.Exists(changes, change => property.NameEquals(change.Key))) property.WriteTo(json);
        }

        foreach (var (key, value) in changes) json.WriteString(key, value);
    }
}
