using System.Net;

namespace Cvmfs.Net.Connections;

/// <summary>Counts open connections, all and by address. Safe for concurrent use.</summary>
/// <param name="limits">The limits in force; asked each time.</param>
internal sealed class AddressCounts(Func<LoopLimits> limits)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private long _all;

    /// <summary>Counts one in, unless there are too many already.</summary>
    public bool TryEnter(IPAddress address) => TryEnter(address, limits().MaxConnections ?? long.MaxValue);

    /// <summary>Counts one in for whom another one will leave; only its address may have too many.</summary>
    public bool TryReplace(IPAddress address) => TryEnter(address, long.MaxValue);

    /// <summary>Counts one out.</summary>
    public void Leave(IPAddress address)
    {
        lock (_gate)
        {
            _all--;
            int count = _byAddress[address] - 1;
            if (count == 0) _byAddress.Remove(address);
            else _byAddress[address] = count;
        }
    }

    private bool TryEnter(IPAddress address, long limit)
    {
        lock (_gate)
        {
            int count = _byAddress.GetValueOrDefault(address);
            var now = limits();
            int most = IPAddress.IsLoopback(address) ? now.MaxConnectionsPerLoopbackAddress ?? now.MaxConnectionsPerAddress : now.MaxConnectionsPerAddress;
            if (_all >= limit || count >= most) return false;
            _all++;
            _byAddress[address] = count + 1;
            return true;
        }
    }
}
