using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring;

/// <summary>How servers are scraped. Immutable; the defaults work.</summary>
public sealed record ScraperOptions
{
    /// <summary>Master keys that whitelists are verified with. Without any, no repository is better than <see cref="RepositoryOutcome.Unverified"/>.</summary>
    public MasterKeys Keys { get; init; } = MasterKeys.None;

    /// <summary>Certificates and revisions that are refused although they are signed.</summary>
    public Blacklist Blacklist { get; init; } = Blacklist.Empty;

    /// <summary>Servers at a time. Default 256.</summary>
    public int MaxServers { get; init; } = 256;

    /// <summary>Requests to one server at a time. Default 8.</summary>
    public int MaxRequestsPerServer { get; init; } = 8;

    /// <summary>Longest wait for a connection. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time for one document, connection and redirects included. Default 10 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for one server; what is missing then is reported as timed out. Default 30 s.</summary>
    public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Redirects followed per request; 0 forbids them. Default 4, as many as clients follow.</summary>
    public int MaxRedirects { get; init; } = 4;

    /// <summary>How often a request is sent again after a failure of the network; never after an answer. Default 1.</summary>
    public int Retries { get; init; } = 1;

    /// <summary>Mean wait before that, half to one and a half of it. Default 200 ms; zero for none.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How far the objects behind a manifest are looked at. Default: fetched and hashed.</summary>
    public ObjectProbing Objects { get; init; } = ObjectProbing.Content;

    /// <summary>Objects drawn from the root catalog of each repository and hashed: a nested catalog and chunks or files in turns. Default 0.</summary>
    /// <remarks>The draw is seeded by the revision and <see cref="SampleSeed"/>, so that it can be repeated, and differs between probers.</remarks>
    public int SamplesPerRepository { get; init; }

    /// <summary>Seed of the draw. Default 0.</summary>
    public int SampleSeed { get; init; }

    /// <summary>Largest object that is fetched whole; of a larger one only the presence is told. Default 50 MiB.</summary>
    public long MaxObjectBytes { get; init; } = 50 << 20;

    /// <summary>Questions to the geo API of Stratum 1 and sync servers. Empty: none.</summary>
    public IReadOnlyList<GeoQuery> GeoQueries { get; init; } = [GeoQuery.Default];

    /// <summary>How long an answer of the geo API is kept. Default 15 min: each costs the server look-ups.</summary>
    public TimeSpan GeoInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether names, every address and TLS are looked at. Default true; never through <see cref="Handler"/> or <see cref="Proxy"/>.</summary>
    public bool ProbeNetwork { get; init; } = true;

    /// <summary>How long what was seen of the network is kept. Default 15 min.</summary>
    public TimeSpan NetworkInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether a server of another type than said has failed, as the older scrapers have it. Default false: a warning.</summary>
    public bool FailOnTypeMismatch { get; init; }

    /// <summary>Proxy for every request; null for none. Variables of the environment never count.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Authorities that certificates of servers are trusted by, instead of the system's; null for those.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>What requests call themselves. Default: product and version.</summary>
    public string UserAgent { get; init; } = "Cvmfs.Net.Monitoring/" + typeof(ScraperOptions).Assembly.GetName().Version?.ToString(3);

    /// <summary>Looks up a name; null for the system's resolver. An empty answer means no addresses of that family.</summary>
    /// <remarks>For tests and for asking a resolver of one's own.</remarks>
    public Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>>? Resolver { get; init; }

    /// <summary>Clock for limits and expiry.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Handler to send with, for tests and special networks; not disposed. Null makes one that inherits no proxy from the environment.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>How chains of certificates are built; null for the system's way. A new one for each use, for building changes it.</summary>
    internal X509ChainPolicy? CreateChainPolicy()
    {
        if (CertificateAuthorities is null) return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(CertificateAuthorities);
        return policy;
    }

    /// <summary>Servers of which is kept what changes slowly; of more than that it is asked for more often. For tests.</summary>
    internal int MaxServersKept { get; init; } = 4096;

    /// <summary>Opens a connection; null for a socket. For tests.</summary>
    internal Func<IPEndPoint, CancellationToken, Task<Stream>>? Connector { get; init; }
}
