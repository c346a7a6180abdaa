namespace Cvmfs.Net.Proxy;

/// <summary>How a request is written into the access log.</summary>
public enum AccessLogFormat
{
    /// <summary>One JSON object a line, with everything that is known.</summary>
    Json,

    /// <summary>Squid's native format, for programs that read that; digest, class and the client's word about the file follow at its end.</summary>
    Squid,

    /// <summary>The combined format of web servers; the same follows at its end.</summary>
    Combined,
}
