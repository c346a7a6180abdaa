using System.Text;
using System.Text.Json;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>One thing that is not as it should be. Immutable.</summary>
public sealed record CheckFinding
{
    /// <summary>Number of the check, 1 to 33; 0 for what has none.</summary>
    public required int Number { get; init; }

    /// <summary>How bad it is.</summary>
    public required CheckSeverity Severity { get; init; }

    /// <summary>One sentence for people, without place and values.</summary>
    public required string Message { get; init; }

    /// <summary>Mountpoint of the catalog it is in; null outside of catalogs.</summary>
    public string? Catalog { get; init; }

    /// <summary>Path of the entry or name of the file; null where there is none.</summary>
    public string? Path { get; init; }

    /// <summary>Key of the object concerned, as hash text with its letter; null where there is none.</summary>
    public string? Key { get; init; }

    /// <summary>What was found; null where the message says it all.</summary>
    public string? Found { get; init; }

    /// <summary>What was expected; null where the message says it all.</summary>
    public string? Expected { get; init; }

    /// <summary>One line: number, severity, message, values, place.</summary>
    public override string ToString()
    {
        var line = new StringBuilder();
        if (Number > 0) line.Append('C').Append(Number).Append(' ');
        line.Append(Severity switch { CheckSeverity.Fatal => "fatal: ", CheckSeverity.Error => "error: ", _ => "warning: " }).Append(Message);
        if (Expected is not null || Found is not null) line.Append("; expected ").Append(Expected ?? "nothing").Append(", found ").Append(Found ?? "nothing");
        if (Path is not null) line.Append(" (at: ").Append(Path).Append(')');
        if (Catalog is not null) line.Append(" (catalog: ").Append(Catalog).Append(')');
        if (Key is not null) line.Append(" (object: ").Append(Key).Append(')');
        return line.Replace('\n', '?').Replace('\r', '?').ToString(); // a name may hold a line break; a finding is one line
    }

    /// <summary>Writes the finding as a JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteNumber("check", Number);
        json.WriteString("severity", Severity switch { CheckSeverity.Fatal => "fatal", CheckSeverity.Error => "error", _ => "warning" });
        json.WriteString("message", Message);
        Write(json, "catalog", Catalog);
        Write(json, "path", Path);
        Write(json, "object", Key);
        Write(json, "found", Found);
        Write(json, "expected", Expected);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
