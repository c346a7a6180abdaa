namespace Cvmfs.Net.Transport.Proxies;

/// <summary>How <see cref="ProxyGroups"/> chooses.</summary>
public sealed class ProxyGroupsOptions
{
    /// <summary>After how long a group that was left, or a member, is tried again; zero for never. Default 5 min, as packaged clients
    /// (<c>CVMFS_PROXY_RESET_AFTER</c>).</summary>
    public TimeSpan ResetAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the hash of an object chooses among all members of a group (<c>CVMFS_PROXY_SHARD</c>). Default false: one member for
    /// everything, until it fails.</summary>
    public bool Shard { get; set; }

    /// <summary>Addresses of one name that are used, chosen at random (<c>CVMFS_MAX_IPADDR_PER_PROXY</c>); 0, the default, for all, of
    /// which there may be 16.</summary>
    public int MaxAddressesPerProxy { get; set; }

    /// <summary>Whether a name with addresses of both families is used with those of IPv6. Default false: IPv4, as clients.</summary>
    public bool PreferIPv6 { get; set; }

    /// <summary>Chooses among members and addresses: a number from 0 to below 1.</summary>
    public Func<double> Choice { get; set; } = Random.Shared.NextDouble;

    /// <summary>The clock of the resets.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
