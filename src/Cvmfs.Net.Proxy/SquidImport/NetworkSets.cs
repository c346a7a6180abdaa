using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>Sets of addresses as lists of networks.</summary>
internal static class NetworkSets
{
    /// <summary>Networks of a value of squid: an address, a network with its length or mask, or a range of IPv4 addresses; null where it is none.</summary>
    public static string[]? Read(string value)
    {
        string[] ends = value.Split('-');
        if (ends.Length == 2) return Range(ends[0], ends[1]);
        string[] parts = value.Split('/');
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address)) return null;
        int bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        int length = bits;
        if (parts.Length == 2 && !int.TryParse(parts[1], out length))
        {
            if (!IPAddress.TryParse(parts[1], out var mask) || mask.AddressFamily != AddressFamily.InterNetwork || bits != 32) return null;
            uint number = BinaryPrimitives.ReadUInt32BigEndian(mask.GetAddressBytes());
            length = BitOperations.LeadingZeroCount(~number);
            if (number != (length == 0 ? 0 : uint.MaxValue << (32 - length))) return null;
        }

        if (length < 0 || length > bits) return null;
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bits; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return [$"{new IPAddress(bytes)}/{length}"];
    }

    /// <summary>Addresses that are in both.</summary>
    public static List<string> Intersect(IReadOnlyList<string> some, IReadOnlyList<string> others) =>
        some.SelectMany(one => others.Select(other => Contains(other, one) ? one : Contains(one, other) ? other : null)).OfType<string>().Distinct().ToList();

    /// <summary>Addresses of the first that are not in the second.</summary>
    public static List<string> Subtract(IReadOnlyList<string> from, IReadOnlyList<string> what)
    {
        IEnumerable<string> left = from;
        foreach (string network in what) left = left.SelectMany(one => Subtract(one, network)).ToList();
        return left.ToList();
    }

    /// <summary>Whether all addresses of the second are in one network of the first.</summary>
    public static bool Covers(IReadOnlyList<string> outer, IReadOnlyList<string> inner) => inner.All(one => outer.Any(other => Contains(other, one)));

    private static bool Contains(string outer, string inner)
    {
        var (one, other) = (IPNetwork.Parse(outer), IPNetwork.Parse(inner));
        return one.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily && one.PrefixLength <= other.PrefixLength && one.Contains(other.BaseAddress);
    }

    private static IEnumerable<string> Subtract(string network, string what)
    {
        if (Contains(what, network)) return [];
        if (!Contains(network, what)) return [network];
        var whole = IPNetwork.Parse(network);
        byte[] upper = whole.BaseAddress.GetAddressBytes();
        upper[whole.PrefixLength / 8] |= (byte)(0x80 >> (whole.PrefixLength % 8));
        int length = whole.PrefixLength + 1;
        return [.. Subtract($"{whole.BaseAddress}/{length}", what), .. Subtract($"{new IPAddress(upper)}/{length}", what)];
    }

    private static string[]? Range(string from, string to)
    {
        if (!IPAddress.TryParse(from, out var low) || !IPAddress.TryParse(to, out var high) || low.AddressFamily != AddressFamily.InterNetwork || high.AddressFamily != AddressFamily.InterNetwork) return null;
        ulong first = BinaryPrimitives.ReadUInt32BigEndian(low.GetAddressBytes()), last = BinaryPrimitives.ReadUInt32BigEndian(high.GetAddressBytes());
        if (first > last) return null;
        var networks = new List<string>();
        while (first <= last)
        {
            int free = first == 0 ? 32 : Math.Min(32, BitOperations.TrailingZeroCount(first));
            while ((1UL << free) > last - first + 1) free--;
            networks.Add($"{new IPAddress([(byte)(first >> 24), (byte)(first >> 16), (byte)(first >> 8), (byte)first])}/{32 - free}");
            first += 1UL << free;
        }

        return [.. networks];
    }
}
