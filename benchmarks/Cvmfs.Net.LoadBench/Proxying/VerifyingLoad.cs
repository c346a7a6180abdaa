using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>Asks for objects in a given order over some connections, and checks every byte of every answer.</summary>
internal sealed class VerifyingLoad(int port, int originPort)
{
    private readonly List<double> _latencies = [];
    private long _right;
    private long _corrupt;
    private long _broken;
    private long _refused;
    private int _next;

    /// <summary>Asks once for each; an answer that breaks off or is refused is asked for again, up to so many times.</summary>
    public async Task<VerifiedResult> RunAsync(IReadOnlyList<SyntheticObjects.Item> order, int connections, int attempts = 1)
    {
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => WorkAsync(order, attempts)));
        var elapsed = Stopwatch.GetElapsedTime(began);
        _latencies.Sort();
        double At(double share) => _latencies.Count == 0 ? 0 : _latencies[Math.Min(_latencies.Count - 1, (int)(_latencies.Count * share))];
        return new VerifiedResult(_right / elapsed.TotalSeconds, At(0.5), At(0.99), At(1), elapsed, _right, _corrupt, _broken, _refused);
    }

    private async Task WorkAsync(IReadOnlyList<SyntheticObjects.Item> order, int attempts)
    {
        await Task.Yield();
        using var client = new VerifyingClient(new IPEndPoint(IPAddress.Loopback, port), $"http://127.0.0.1:{originPort}");
        while (true)
        {
            int at = Interlocked.Increment(ref _next) - 1;
            if (at >= order.Count) return;
            long began = Stopwatch.GetTimestamp();
            var outcome = VerifyingClient.Outcome.Broken;
            for (int attempt = 0; attempt < attempts && outcome != VerifyingClient.Outcome.Right; attempt++)
            {
                try
                {
                    outcome = await client.GetAsync(order[at]);
                }
                catch (Exception failure) when (failure is SocketException or IOException)
                {
                    outcome = VerifyingClient.Outcome.Broken;
                    client.Disconnect();
                }

                if (outcome == VerifyingClient.Outcome.Corrupt) Interlocked.Increment(ref _corrupt);
                if (outcome == VerifyingClient.Outcome.Broken) Interlocked.Increment(ref _broken);
                if (outcome == VerifyingClient.Outcome.Refused) Interlocked.Increment(ref _refused);
            }

            if (outcome != VerifyingClient.Outcome.Right) continue;
            Interlocked.Increment(ref _right);
            double took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            lock (_latencies) _latencies.Add(took);
        }
    }
}
