namespace Cvmfs.Net.Proxy;

/// <summary>In which order equivalent servers are asked.</summary>
public enum UpstreamOrder
{
    /// <summary>As they are written.</summary>
    Configured,

    /// <summary>The one that answers soonest first, by a moving average of the time to the first byte.</summary>
    Latency,

    /// <summary>The nearest first, as their geo API says when it is asked once an hour for this proxy itself.</summary>
    Geo,
}
