using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Transport.Proxies;

/// <summary>Which of many proxies is in use, and what follows when it fails. Thread-safe; shared by all requests.</summary>
/// <remarks>
/// <para>One member of the first group is chosen at random and kept. A member that fails is set aside; when all of a group are, the next
/// group is used, behind the last the first again. After <see cref="ProxyGroupsOptions.ResetAfter"/> everything begins anew.</para>
/// <para>Names are not looked up here: whoever does gives the addresses to <see cref="SetAddresses"/>, and each becomes a member.</para>
/// </remarks>
public sealed class ProxyGroups
{
    private const int MaxAddresses = 16; // of one family, as clients

    private readonly ProxyGroupsOptions _options;
    private readonly Lock _lock = new();
    private readonly List<ProxyMember>[] _groups;
    private readonly Dictionary<string, HashSet<IPAddress>> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly int _fallbackStart;
    private int _group;
    private int _burned;
    private int _selected;
    private ShardRing? _ring;
    private long? _leftFirstGroupAt;
    private long? _burnedSomeAt;

    /// <summary>Begins with the first group.</summary>
    /// <param name="list">The proxies. An empty list means <c>DIRECT</c>.</param>
    /// <param name="options">Defaults where null; must not be changed afterwards.</param>
    public ProxyGroups(ClientProxyList list, ProxyGroupsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(list);
        _options = options ?? new ProxyGroupsOptions();
        _groups = list.Groups.Count == 0 ? [[ProxyMember.Direct]] : [.. list.Groups.Select(static group => group.Select(ProxyMember.Of).ToList())];
        _fallbackStart = list.FallbackStart;
        HostNames = [.. list.Groups.SelectMany(static group => group).OfType<string>().Select(static url => new Uri(url).IdnHost)
            .Where(static host => !IPAddress.TryParse(host, out _)).Distinct(StringComparer.OrdinalIgnoreCase)];
        Update();
    }

    /// <summary>Names that have to be looked up.</summary>
    public IReadOnlyList<string> HostNames { get; }

    /// <summary>Members of all groups, <c>DIRECT</c> and unknown addresses included: no request need try more.</summary>
    public int Total
    {
        get { lock (_lock) return _groups.Sum(static group => group.Count); }
    }

    /// <summary>Index of the group in use.</summary>
    public int CurrentGroup
    {
        get { lock (_lock) return _group; }
    }

    /// <summary>Members of that group that are set aside.</summary>
    public int Burned
    {
        get { lock (_lock) return _burned; }
    }

    /// <summary>Whether the group in use is one of the fall-back list.</summary>
    public bool IsFallback
    {
        get { lock (_lock) return _group >= _fallbackStart && _fallbackStart < _groups.Length; }
    }

    /// <summary>The members of the group in use that are not set aside.</summary>
    public IReadOnlyList<ProxyMember> Alive
    {
        get { lock (_lock) return [.. _groups[_group].Take(_groups[_group].Count - _burned)]; }
    }

    /// <summary>The proxy to ask.</summary>
    /// <param name="hash">Hash of what is wanted, where one is known; matters for shards only.</param>
    public ProxyMember Select(ContentHash? hash = null)
    {
        lock (_lock)
        {
            ResetWhenDue();
            var group = _groups[_group];
            return group[_ring is null ? _selected : _ring.Find(ShardRing.KeyOf(hash))];
        }
    }

    /// <summary>Takes note that a proxy failed. Does nothing when it is in use no longer, because another request said so before.</summary>
    /// <returns>Whether another one is in use now, or the same again because there is no other.</returns>
    public bool Failed(ProxyMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        lock (_lock)
        {
            var group = _groups[_group];
            bool wasAlive = false;
            for (int i = group.Count - _burned - 1; i >= 0; i--)
            {
                if (!group[i].Equals(member)) continue;
                _burned++;
                int last = group.Count - _burned;
                (group[i], group[last]) = (group[last], group[i]);
                wasAlive = true;
            }

            if (!wasAlive) return false;
            bool resets = _options.ResetAfter > TimeSpan.Zero;
            if (_burned < group.Count)
            {
                if (resets) _burnedSomeAt ??= Now();
            }
            else
            {
                _burned = 0;
                _burnedSomeAt = null;
                _group = (_group + 1) % _groups.Length;
                if (_group == 0) _leftFirstGroupAt = null;
                else if (resets) _leftFirstGroupAt ??= Now();
            }

            Update();
            return true;
        }
    }

    /// <summary>Begins anew with the first group, where that is not in use in full: for the next server, after all proxies failed for one.</summary>
    public void BeginAnew()
    {
        lock (_lock)
        {
            if (_group == 0 && _burned == 0) return;
            (_group, _leftFirstGroupAt) = (0, null);
            Rebalance();
        }
    }

    /// <summary>Gives the addresses of a name: each becomes a member in the name's place. The same ones in another order change nothing; none
    /// keep those known so far.</summary>
    /// <param name="host">One of <see cref="HostNames"/>.</param>
    /// <param name="addresses">All of its addresses; one family of them is used.</param>
    /// <returns>Whether members changed.</returns>
    public bool SetAddresses(string host, IReadOnlyList<IPAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(addresses);
        var wanted = _options.PreferIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        if (!addresses.Any(address => address.AddressFamily == wanted)) wanted = wanted == AddressFamily.InterNetwork ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var used = addresses.Where(address => address.AddressFamily == wanted).Distinct().Take(MaxAddresses).ToList();
        lock (_lock)
        {
            if (used.Count == 0 || (_known.TryGetValue(host, out var known) && known.SetEquals(used))) return false;
            _known[host] = [.. used];
            while (_options.MaxAddressesPerProxy > 0 && used.Count > _options.MaxAddressesPerProxy) used.RemoveAt(Draw(used.Count));
            bool concernsCurrent = false;
            for (int i = 0; i < _groups.Length; i++) concernsCurrent |= Replace(_groups[i], host, used) && i == _group;
            if (concernsCurrent) Rebalance();
            return true;
        }
    }

    private static bool Replace(List<ProxyMember> group, string host, List<IPAddress> addresses)
    {
        string[] names = [.. group.Select(static member => member.Name).OfType<string>().Where(name => new Uri(name).IdnHost.Equals(host, StringComparison.OrdinalIgnoreCase)).Distinct()];
        foreach (string name in names)
        {
            int at = group.FindIndex(member => member.Name == name);
            group.RemoveAll(member => member.Name == name);
            group.InsertRange(Math.Min(at, group.Count), addresses.Select(address => new ProxyMember(UrlWith(name, address), name, address)));
        }

        return names.Length > 0;
    }

    // As written but for the host: the ring is made of these texts, and clients write the port as it is configured.
    private static string UrlWith(string name, IPAddress address)
    {
        int start = name.IndexOf("://", StringComparison.Ordinal) + 3;
        int at = name.IndexOf('@', start);
        if (at >= 0) start = at + 1;
        int colon = name.IndexOf(':', start);
        string host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return name[..start] + host + (colon < 0 ? "" : name[colon..]);
    }

    private void ResetWhenDue()
    {
        if (IsDue(_leftFirstGroupAt))
        {
            (_group, _leftFirstGroupAt) = (0, null);
            Rebalance();
        }

        if (IsDue(_burnedSomeAt)) Rebalance();
    }

    private bool IsDue(long? since) => since is { } at && _options.TimeProvider.GetElapsedTime(at) > _options.ResetAfter;

    private void Rebalance()
    {
        (_burned, _burnedSomeAt) = (0, null);
        Update();
    }

    private void Update()
    {
        var group = _groups[_group];
        int alive = group.Count - _burned;
        _selected = alive == 1 ? 0 : Draw(alive);
        _ring = _options.Shard ? new ShardRing([.. group.Take(alive).Select(static member => member.Url ?? "")]) : null;
    }

    private int Draw(int count) => (int)(Math.Clamp(_options.Choice(), 0, 0.999_999_999) * count);

    private long Now() => _options.TimeProvider.GetTimestamp();
}
