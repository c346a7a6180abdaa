using System.Net;
using System.Numerics;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>About how many addresses asked during the last five minutes, without remembering any: linear counting, a bit for a hash, in one
/// map a minute. Exact to about one percent up to 100,000 clients. Thread-safe.</summary>
internal sealed class ActiveClients(TimeProvider clock)
{
    private const int Minutes = 5;
    private const int Words = 1 << 10; // times 64 bits
    private readonly ulong[][] _maps = [.. Enumerable.Range(0, Minutes + 1).Select(_ => new ulong[Words])];
    private readonly Lock _turning = new();
    private long _minute = clock.GetTimestamp() / (60 * clock.TimestampFrequency);

    /// <summary>Notes that a client asked. One hash and mostly one read.</summary>
    public void Note(IPAddress client)
    {
        Turn();
        uint hash = (uint)client.GetHashCode() * 0x9E3779B1u;
        ref ulong word = ref _maps[(int)(Volatile.Read(ref _minute) % _maps.Length)][hash >> 22];
        ulong bit = 1UL << (int)((hash >> 16) & 63);
        if ((Volatile.Read(ref word) & bit) == 0) Interlocked.Or(ref word, bit);
    }

    /// <summary>The number of clients of the last five minutes.</summary>
    public int Count()
    {
        Turn();
        int empty = 0;
        for (int i = 0; i < Words; i++)
        {
            ulong union = 0;
            foreach (ulong[] map in _maps) union |= Volatile.Read(ref map[i]);
            empty += 64 - BitOperations.PopCount(union);
        }

        const double all = Words * 64.0;
        return (int)Math.Round(all * Math.Log(all / Math.Max(empty, 1)));
    }

    private void Turn()
    {
        long now = clock.GetTimestamp() / (60 * clock.TimestampFrequency);
        if (now == Volatile.Read(ref _minute)) return;
        lock (_turning)
        {
            for (long minute = Math.Max(_minute, now - _maps.Length) + 1; minute <= now; minute++) Array.Clear(_maps[(int)(minute % _maps.Length)]);
            Volatile.Write(ref _minute, now);
        }
    }
}
