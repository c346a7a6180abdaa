namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>An answer of servermon's API.</summary>
/// <param name="Status">200, 400 or 502.</param>
/// <param name="ContentType">Type of the body; null for none, as servermon has it with errors.</param>
/// <param name="Body">Text.</param>
public sealed record ServermonResponse(int Status, string? ContentType, string Body)
{
    /// <summary>Header <c>Cache-Control</c> of every answer.</summary>
    public const string CacheControl = "max-age=120";
}
