namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>What all plans share.</summary>
/// <param name="Health">Who is well.</param>
/// <param name="Parents">Proxies between this one and servers; null where there are none.</param>
/// <param name="Budget">Time for all attempts of a request.</param>
/// <param name="Patience">Longest wait for one head, connecting included; as the settings in use have it.</param>
/// <param name="Clock">Source of time.</param>
internal sealed record UpstreamSurroundings(UpstreamHealth Health, ParentProxies? Parents, TimeSpan Budget, Func<TimeSpan> Patience, TimeProvider Clock);
