namespace Cvmfs.Net.Proxy.Administration;

/// <summary>How a server is doing, as far as requests told.</summary>
/// <param name="Name">Host and port.</param>
/// <param name="State"><c>up</c> or <c>down</c>: down is not asked for a while.</param>
/// <param name="Latency">Usual time to the head of an answer; null where none came yet.</param>
/// <param name="Requests">Requests so far.</param>
/// <param name="Failures">Of them, those that failed.</param>
internal readonly record struct ServerStatus(string Name, string State, TimeSpan? Latency, long Requests, long Failures);
