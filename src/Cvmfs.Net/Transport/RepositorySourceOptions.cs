using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Transport;

/// <summary>What <see cref="RepositorySource.Open"/> puts together.</summary>
public sealed class RepositorySourceOptions
{
    /// <summary>For servers.</summary>
    public HttpRepositorySourceOptions Http { get; set; } = new();

    /// <summary>For repetitions, once all servers have failed.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>For several servers.</summary>
    public FailoverOptions Failover { get; set; } = new();

    /// <summary>Hears of repetitions and changes of server.</summary>
    public ILogger? Logger { get; set; }
}
