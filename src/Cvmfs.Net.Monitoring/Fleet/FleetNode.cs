using System.Globalization;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A part of a fleet file, with the place it stands at: a text, a list or a mapping.</summary>
internal sealed class FleetNode(string file, int line, string path)
{
    public string File { get; } = file;

    public int Line { get; } = line;

    public string Path { get; } = path;

    /// <summary>The text of a scalar; null for lists, mappings and null.</summary>
    public string? Scalar { get; init; }

    /// <summary>Whether the scalar is written without quotes, so that it may be a number or a truth value.</summary>
    public bool IsPlain { get; init; }

    public List<FleetNode>? Items { get; init; }

    /// <summary>Entries in the order of the file.</summary>
    public Dictionary<string, FleetNode>? Entries { get; init; }

    public bool IsNull => Items is null && Entries is null && (Scalar is null || (IsPlain && Scalar is "" or "~" or "null"));

    public string Kind => Entries is not null ? "a mapping" : Items is not null ? "a list" : IsNull ? "nothing" : $"\"{Scalar}\"";

    public FleetNode? Find(string key) => Entries is not null && Entries.TryGetValue(key, out var node) && !node.IsNull ? node : null;

    public string? Text(string key) => Find(key)?.Scalar;

    public bool? Flag(string key) => Find(key)?.Scalar is { } text ? text == "true" : null;

    public int? Integer(string key) => Find(key)?.Scalar is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public double? Number(string key) => Find(key)?.Scalar is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    public TimeSpan? Duration(string key) => DurationText.TryParse(Find(key)?.Scalar, out var duration) ? duration : null;

    public DateTimeOffset? Time(string key) => Find(key)?.Scalar is { } text ? ParseTime(text) : null;

    public string[] Texts(string key) => Find(key) switch
    {
        null => [],
        { Items: { } items } => [.. items.Select(item => item.Scalar ?? "")],
        { Scalar: { } one } => [one],
        _ => [],
    };

    public FleetProblem Problem(string message, bool isError = true) => new(File, Line, Path, message, isError);

    public static DateTimeOffset? ParseTime(string text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}
