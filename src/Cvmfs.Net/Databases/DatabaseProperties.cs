using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Databases;

/// <summary>The table <c>properties</c> that catalogs, histories and reflogs have in common: text by key. Unknown keys mean nothing.</summary>
public sealed class DatabaseProperties
{
    private const int MaxProperties = 1000; // a catalog has about ten

    /// <summary>Versions closer than this are the same: some writers rounded them through single precision.</summary>
    public const double VersionTolerance = 0.0005;

    private readonly string _name;
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    private DatabaseProperties(string name) => _name = name;

    /// <summary>Property <c>schema</c>; 1.0 where it is missing.</summary>
    /// <exception cref="CvmfsFormatException">The text is no number.</exception>
    public double Version
    {
        get
        {
            string? text = GetText("schema");
            if (text is null) return 1.0;
            return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double version) && double.IsFinite(version)
                ? version
                : throw new CvmfsFormatException(_name, $"property schema is \"{text}\", not a version.");
        }
    }

    /// <summary>Property <c>schema_revision</c>; 0 where it is missing.</summary>
    /// <exception cref="CvmfsFormatException">The text is no whole number.</exception>
    public int SchemaRevision => (int)Math.Clamp(GetInt64("schema_revision") ?? 0, 0, int.MaxValue);

    /// <summary>Reads all properties.</summary>
    /// <exception cref="CvmfsFormatException">The table is missing or holds something else.</exception>
    public static DatabaseProperties Read(SqliteFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.RequireTable("properties", "key", "value");
        var properties = new DatabaseProperties(file.Name);
        using var statement = file.Prepare("SELECT CAST(key AS TEXT), CAST(value AS TEXT) FROM properties");
        while (statement.Step())
        {
            if (properties._values.Count == MaxProperties) throw new CvmfsFormatException(file.Name, $"has more than {MaxProperties} properties.");
            properties._values[statement.GetString(0)] = statement.GetName(1).ToArray();
        }

        return properties;
    }

    /// <summary>Refuses every schema but 1.0, the only one that histories and reflogs ever had.</summary>
    /// <returns>The schema's revision.</returns>
    /// <exception cref="CvmfsFormatException">The schema is another one.</exception>
    public int RequireVersion1()
        => Math.Abs(Version - 1.0) < VersionTolerance
            ? SchemaRevision
            : throw new CvmfsFormatException(_name, $"schema {GetText("schema")}; read is 1.0.");

    /// <summary>Sets one property of a database that is being written.</summary>
    public static void Write(SqliteFile file, string key, string value)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var statement = file.Prepare("INSERT OR REPLACE INTO properties (key, value) VALUES (?1, ?2)");
        statement.BindText(1, key).BindText(2, value).Run();
    }

    /// <summary>The text of a property, or null.</summary>
    public string? GetText(string key) => _values.TryGetValue(key, out byte[]? text) ? Encoding.UTF8.GetString(text) : null;

    /// <summary>The text of a property as bytes; empty where it is missing.</summary>
    public ReadOnlySpan<byte> GetBytes(string key) => _values.GetValueOrDefault(key);

    /// <summary>A number, or null where the property is missing or empty.</summary>
    /// <exception cref="CvmfsFormatException">The text is no whole number.</exception>
    public long? GetInt64(string key)
    {
        string? text = GetText(key);
        if (string.IsNullOrEmpty(text)) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new CvmfsFormatException(_name, $"property {key} is \"{text}\", not a whole number.");
    }

    /// <summary>An unsigned number, or null where the property is missing or empty.</summary>
    /// <exception cref="CvmfsFormatException">The text is no whole number of 64 bits.</exception>
    public ulong? GetUInt64(string key)
    {
        string? text = GetText(key);
        if (string.IsNullOrEmpty(text)) return null;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw new CvmfsFormatException(_name, $"property {key} is \"{text}\", not an unsigned whole number.");
    }

    /// <summary>A hash; the null hash where the property is missing, empty or all zeros.</summary>
    /// <exception cref="CvmfsFormatException">The text is no hash.</exception>
    public ContentHash GetHash(string key) => ReadHash(_name, $"property {key}", GetText(key));

    /// <summary>Hash text from a database: empty is the null hash, anything that is no hash is refused.</summary>
    internal static ContentHash ReadHash(string name, string what, string? text)
    {
        if (string.IsNullOrEmpty(text)) return default;
        return ContentHash.TryParse(text, out var hash)
            ? hash
            : throw new CvmfsFormatException(name, $"{what} is \"{(text.Length > 64 ? text[..64] + "…" : text)}\", not a hash.");
    }
}
