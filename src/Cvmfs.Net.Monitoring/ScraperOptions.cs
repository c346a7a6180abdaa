using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring;

/// <summary>How servers are scraped. Immutable; the defaults work.</summary>
public sealed record ScraperOptions
{
    /// <summary>Master keys that whitelists are verified with. Without any, no repository is better than <see cref="RepositoryOutcome.Unverified"/>.</summary>
    public MasterKeys Keys { get; init; } = MasterKeys.None;

    /// <summary>Certificates and revisions that are refused although they are signed.</summary>
    public Blacklist Blacklist { get; init; } = Blacklist.Empty;

    /// <summary>Servers at a time. Default 16.</summary>
    public int MaxServers { get; init; } = 16;

    /// <summary>Requests to one server at a time. Default 4.</summary>
    public int MaxRequestsPerServer { get; init; } = 4;

    /// <summary>Longest wait for a connection. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time for one document, connection and redirects included. Default 10 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for one server; what is missing then is reported as timed out. Default 30 s.</summary>
    public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Redirects followed per request; 0 forbids them. Default 4, as many as clients follow.</summary>
    public int MaxRedirects { get; init; } = 4;

    /// <summary>What requests call themselves.</summary>
    public string UserAgent { get; init; } = "Cvmfs.Net.Monitoring";

    /// <summary>Clock for limits and expiry.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Handler to send with, for tests and special networks; not disposed. Null makes one that inherits no proxy from the environment.</summary>
    public HttpMessageHandler? Handler { get; init; }
}
