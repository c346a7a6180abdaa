using System.Globalization;
using System.Text.Json;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>One thing in a storage that is not as it should be. Immutable.</summary>
/// <param name="Kind">What; its value is the number.</param>
/// <param name="Path">Absolute path of the file, link or folder.</param>
/// <param name="Hash">The hash text that folder and file name make, without the kind's letter; null where they are no file of an object folder.</param>
public sealed record ScrubAlert(ScrubAlertKind Kind, string Path, string? Hash = null)
{
    /// <summary>What is wrong, for people.</summary>
    public string Text => Kind switch
    {
        ScrubAlertKind.FileInDataFolder => "regular file outside of the object folders",
        ScrubAlertKind.SymbolicLink => "symbolic link",
        ScrubAlertKind.FolderInObjectFolder => "folder inside an object folder",
        ScrubAlertKind.UnknownKind => "unknown kind of object",
        ScrubAlertKind.InvalidName => "name is no content hash",
        ScrubAlertKind.InvalidFolderName => "folder name has not two characters",
        _ => "content does not match its name",
    };

    /// <summary>The line for machines: number, hash or "-", path.</summary>
    public string ToMachineLine() => string.Create(CultureInfo.InvariantCulture, $"{(int)Kind} {Hash ?? "-"} {Path}");

    /// <summary>The line for people: text and path.</summary>
    public override string ToString() => $"{Text} (at: {Path})";

    /// <summary>Writes the alert as a JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteNumber("alert", (int)Kind);
        json.WriteString("message", Text);
        if (Hash is not null) json.WriteString("hash", Hash);
        json.WriteString("path", Path);
        json.WriteEndObject();
    }
}
