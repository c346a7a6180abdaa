namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>A status that was seen once: when the next result says the same, it is published.</summary>
/// <param name="Line">What: a line of <see cref="StatusHistory"/>.</param>
/// <param name="Status">The status.</param>
/// <param name="Since">When what it was judged by was measured.</param>
public sealed record PendingStatus(string Line, ServiceStatus Status, DateTimeOffset Since);
