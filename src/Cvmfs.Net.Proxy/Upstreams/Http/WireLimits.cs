namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>How long parts of an exchange may take.</summary>
/// <param name="Connect">For a new connection.</param>
/// <param name="Head">From the beginning, connecting included, to the end of the head.</param>
/// <param name="Idle">Longest silence inside the body.</param>
internal readonly record struct WireLimits(TimeSpan Connect, TimeSpan Head, TimeSpan Idle);
