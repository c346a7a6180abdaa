using System.Globalization;
using System.Text.RegularExpressions;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>What may stand at a place of the file. One description serves validation and the published JSON Schema.</summary>
internal abstract partial record FleetShape
{
    public static readonly FleetShape Any = new AnyShape();
    public static readonly FleetShape Text = new ScalarShape("a text", ["string", "number", "boolean"], _ => true);
    public static readonly FleetShape Flag = new ScalarShape("true or false, without quotes", ["boolean"], node => node.IsPlain && node.Scalar is ("true" or "false"));
    public static readonly FleetShape Integer = new ScalarShape("a whole number", ["integer"], node => node.IsPlain && int.TryParse(node.Scalar, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) { Minimum = int.MinValue, Maximum = int.MaxValue };
    public static readonly FleetShape Bytes = new ScalarShape("a number of bytes", ["integer"], node => node.IsPlain && ulong.TryParse(node.Scalar, NumberStyles.None, CultureInfo.InvariantCulture, out _)) { Minimum = 0 };
    public static readonly FleetShape Number = new ScalarShape("a number", ["number"], node => node.IsPlain && double.TryParse(node.Scalar, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number));
    public static readonly FleetShape Port = new ScalarShape("a port from 1 to 65535", ["integer"], node => node.IsPlain && ushort.TryParse(node.Scalar, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0) { Minimum = 1, Maximum = 65535 };
    public static readonly FleetShape Duration = new ScalarShape("a duration such as 45m, 8h, 10d or PT45M", ["string"], node => DurationText.TryParse(node.Scalar, out _)) { Pattern = DurationPattern };
    public static readonly FleetShape Time = new ScalarShape("a time such as 2026-02-03T04:05:06Z, or a day", ["string"], node => Rfc3339().IsMatch(node.Scalar!) && FleetNode.ParseTime(node.Scalar!) is not null) { Pattern = TimePattern };

    private const string DurationPattern = "^(0*[1-9][0-9]{0,8}[smh]|0*[1-9][0-9]{0,5}d|P(?=.*[1-9])(?!.*T$)([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?)$";

    private const string TimePattern = @"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$";

    public static FleetShape OneOf(params string[] words) => new WordShape(words);

    public static FleetShape ListOf(FleetShape item) => new ListShape(item);

    /// <summary>A mapping from ids that the file chooses.</summary>
    public static FleetShape ById(FleetShape value, bool anyName = false) => new TableShape(value, anyName);

    /// <summary>A mapping with known keys; those that begin with * must be there.</summary>
    public static MapShape Map(params (string Key, FleetShape Shape)[] keys) => new(keys);

    public abstract void Check(FleetNode node, List<FleetProblem> problems);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$", RegexOptions.CultureInvariant)]
    internal static partial Regex Id();

    [GeneratedRegex(TimePattern, RegexOptions.CultureInvariant)]
    private static partial Regex Rfc3339();
}

internal sealed record AnyShape : FleetShape
{
    public override void Check(FleetNode node, List<FleetProblem> problems)
    {
    }
}

internal sealed record ScalarShape(string Words, string[] JsonTypes, Func<FleetNode, bool> Accepts) : FleetShape
{
    public long? Minimum { get; init; }

    public long? Maximum { get; init; }

    public string? Pattern { get; init; }

    public override void Check(FleetNode node, List<FleetProblem> problems)
    {
        if (node.Scalar is null || node.IsNull || !Accepts(node)) problems.Add(node.Problem($"is {node.Kind}, expected {Words}"));
    }
}

internal sealed record WordShape(string[] Words) : FleetShape
{
    public override void Check(FleetNode node, List<FleetProblem> problems)
    {
        if (node.Scalar is null || !Words.Contains(node.Scalar)) problems.Add(node.Problem($"is {node.Kind}, expected {string.Join(", ", Words[..^1])} or {Words[^1]}"));
    }
}

/// <summary>A list; a single text stands for a list of one.</summary>
internal sealed record ListShape(FleetShape Item) : FleetShape
{
    public override void Check(FleetNode node, List<FleetProblem> problems)
    {
        if (node.Items is { } items) items.ForEach(item => Item.Check(item, problems));
        else if (node.Scalar is not null && Item is ScalarShape or WordShape) Item.Check(node, problems);
        else problems.Add(node.Problem($"is {node.Kind}, expected a list"));
    }
}

internal sealed record TableShape(FleetShape Value, bool AnyName) : FleetShape
{
    public override void Check(FleetNode node, List<FleetProblem> problems)
    {
        if (node.Entries is not { } entries)
        {
            problems.Add(node.Problem($"is {node.Kind}, expected a mapping"));
            return;
        }

        foreach (var (id, value) in entries)
        {
            if (!AnyName && !Id().IsMatch(id)) problems.Add(value.Problem($"\"{id}\" is no id: expected lower-case letters, digits and dashes, at most 63"));
            Value.Check(value, problems);
        }
    }
}

internal sealed record MapShape((string Key, FleetShape Shape)[] Keys) : FleetShape
{
    public override void Check(FleetNode node, List<FleetProblem> problems)
    {
        if (node.Entries is not { } entries)
        {
            problems.Add(node.Problem($"is {node.Kind}, expected a mapping"));
            return;
        }

        foreach (var (key, value) in entries)
        {
            var known = Array.Find(Keys, candidate => candidate.Key.TrimStart('*') == key);
            if (known.Shape is null) problems.Add(value.Problem($"is no key that is known here; there are {string.Join(", ", Keys.Select(one => one.Key.TrimStart('*')))}"));
            else if (!value.IsNull) known.Shape.Check(value, problems);
        }

        foreach (var (key, _) in Keys.Where(key => key.Key[0] == '*' && node.Find(key.Key[1..]) is null)) problems.Add(node.Problem($"has no {key[1..]}"));
    }
}
