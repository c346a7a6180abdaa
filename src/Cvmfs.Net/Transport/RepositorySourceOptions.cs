using Cvmfs.Net.Transport.Proxies;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Transport;

/// <summary>What <see cref="RepositorySource.Open"/> puts together.</summary>
public sealed class RepositorySourceOptions
{
    /// <summary>For servers.</summary>
    public HttpRepositorySourceOptions Http { get; set; } = new();

    /// <summary>Forward proxies for all servers, in place of <see cref="HttpRepositorySourceOptions.Proxy"/>; null for none. The environment's
    /// proxy settings are never looked at.</summary>
    public ClientProxyList? Proxies { get; set; }

    /// <summary>How one of <see cref="Proxies"/> is chosen, and when those that failed are tried again.</summary>
    public ProxyGroupsOptions ProxyGroups { get; set; } = new();

    /// <summary>For repetitions, once all servers have failed.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>For several servers.</summary>
    public FailoverOptions Failover { get; set; } = new();

    /// <summary>Hears of repetitions and changes of server.</summary>
    public ILogger? Logger { get; set; }
}
