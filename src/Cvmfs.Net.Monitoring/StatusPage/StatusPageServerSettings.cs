namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>A server of the page, as configured.</summary>
/// <param name="HostName">Host, <c>host:port</c> or URL, as shown.</param>
/// <param name="Role">What it is.</param>
/// <param name="Backend">What stands behind it.</param>
public sealed record StatusPageServerSettings(string HostName, ServerRole Role, ServerBackend Backend = ServerBackend.AutoDetect);
