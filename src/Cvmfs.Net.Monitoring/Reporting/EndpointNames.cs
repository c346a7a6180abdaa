namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>The closed list of the label <c>endpoint</c>.</summary>
internal static class EndpointNames
{
    public static readonly string[] All = ["manifest", "whitelist", "status", "catalog", "chunk", "certificate", "history", "metainfo", "geo", "info", "other"];

    /// <summary>The label for an endpoint of a report.</summary>
    public static string Normalize(string endpoint) => endpoint switch
    {
        "repositories" or "meta" => "info",
        "file" => "chunk",
        "pkcs7" => "whitelist",
        "last_snapshot" or "is_snapshotting" => "other",
        _ => endpoint,
    };
}
