using System.Globalization;

namespace Cvmfs.Net.LoadBench.Serving;

/// <summary>What wrk measured, and what the server spent on it.</summary>
/// <param name="RequestsPerSecond">Answers a second.</param>
/// <param name="MegabytesPerSecond">MiB a second.</param>
/// <param name="P50">Median latency in milliseconds.</param>
/// <param name="P99">Latency in milliseconds that one of a hundred exceeds.</param>
/// <param name="CpuMicroseconds">Processor time of the server for one request.</param>
/// <param name="ResidentMiB">Resident memory of the server afterwards.</param>
internal sealed record WrkResult(double RequestsPerSecond, double MegabytesPerSecond, double P50, double P99, double CpuMicroseconds, long ResidentMiB)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{RequestsPerSecond,9:n0}/s {MegabytesPerSecond,7:n0} MiB/s  p50 {P50,7:f2} ms  p99 {P99,7:f2} ms  {CpuMicroseconds,7:f1} µs CPU each  {ResidentMiB,5} MiB");
}
