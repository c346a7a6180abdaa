using Cvmfs.Net.Proxy.Upstreams.Http;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>The proxies between this one and the servers: their groups, with names looked up in the background. Thread-safe.</summary>
/// <remarks>A parent whose addresses are not known yet is asked by its name.</remarks>
internal sealed class ParentProxies : IDisposable
{
    private readonly NameCache _names;
    private readonly ITimer _refresh;

    private ParentProxies(ClientProxyList list, ProxyUpstreamOptions options, NameCache names, TimeProvider clock)
    {
        _names = names;
        Groups = new ProxyGroups(list, new ProxyGroupsOptions
        {
            ResetAfter = options.ParentResetAfter,
            Shard = options.ShardParents,
            MaxAddressesPerProxy = options.MaxAddressesPerParent,
            PreferIPv6 = options.PreferIPv6,
            TimeProvider = clock,
        });
        names.Changed += TakeAddresses;
        _refresh = clock.CreateTimer(static parents => ((ParentProxies)parents!).LookUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (Groups.HostNames.Count > 0) _refresh.Change(TimeSpan.Zero, options.NameLifetime);
    }

    /// <summary>Which of them is in use.</summary>
    public ProxyGroups Groups { get; }

    /// <summary>The parents; null where there are none.</summary>
    public static ParentProxies? Of(ProxyUpstreamOptions options, NameCache names, TimeProvider clock)
        => ClientProxyList.Parse(options.Parents, options.FallbackParents) is { Groups.Count: > 0 } list ? new ParentProxies(list, options, names, clock) : null;

    public void Dispose()
    {
        _refresh.Dispose();
        _names.Changed -= TakeAddresses;
    }

    private void LookUp()
    {
        foreach (string name in Groups.HostNames) _names.Refresh(name);
    }

    private void TakeAddresses(string host, IReadOnlyList<System.Net.IPAddress> addresses) => Groups.SetAddresses(host, addresses);
}
