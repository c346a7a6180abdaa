namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>One difference.</summary>
/// <param name="Kind">Where.</param>
/// <param name="Subject">What differs: an id of the fleet file, or a file with its line.</param>
/// <param name="Message">What was found and what the fleet file says, in words that stand behind the subject.</param>
public sealed record DriftItem(DriftKind Kind, string Subject, string Message)
{
    /// <summary>Name of the kind in JSON and metrics.</summary>
    public string KindName => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(Kind.ToString()) switch { "meta_info" => "metainfo", "status_page" => "statuspage", var name => name };

    /// <summary>One line.</summary>
    public override string ToString() => $"{KindName}: {Subject} {Message}.";
}
