namespace Cvmfs.Net.Proxy.Serving;

/// <summary>What answers about objects say, whichever way they go: through the web server or from an event loop.</summary>
internal static class ObjectFields
{
    /// <summary>Lifetime sent with objects: three days, what the reference server sends.</summary>
    public const string CacheControl = "max-age=259200";

    /// <summary>Lifetime of an absence, which ends with the next publication.</summary>
    public const string AbsentCacheControl = "max-age=5";

    public const string ContentType = "application/octet-stream";

    /// <summary>Value of Cache-Status: found.</summary>
    public const string Hit = $"{ErrorAnswer.Name}; hit";

    /// <summary>Value of Cache-Status: fetched for this request.</summary>
    public const string Miss = $"{ErrorAnswer.Name}; fwd=uri-miss; fwd-status=200; stored";

    /// <summary>Value of Cache-Status: a fetch for another request was under way.</summary>
    public const string Collapsed = $"{ErrorAnswer.Name}; fwd=uri-miss; collapsed";

    /// <summary>Value of Cache-Status: not there.</summary>
    public const string Absent = $"{ErrorAnswer.Name}; fwd=uri-miss; fwd-status=404";
}
