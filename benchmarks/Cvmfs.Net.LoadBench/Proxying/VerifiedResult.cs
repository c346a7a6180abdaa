using System.Globalization;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>What clients that check every byte have seen.</summary>
/// <param name="ObjectsPerSecond">Right objects a second.</param>
/// <param name="P50">Median time of one, in milliseconds, repeats included.</param>
/// <param name="P99">What one of a hundred exceeds.</param>
/// <param name="Longest">The longest.</param>
/// <param name="Elapsed">Time of all.</param>
/// <param name="Right">Objects that came whole and right in the end.</param>
/// <param name="Corrupt">Answers that were whole and wrong.</param>
/// <param name="Broken">Answers that broke off.</param>
/// <param name="Refused">Answers with another status than 200.</param>
internal sealed record VerifiedResult(
    double ObjectsPerSecond, double P50, double P99, double Longest, TimeSpan Elapsed, long Right, long Corrupt, long Broken, long Refused)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{ObjectsPerSecond,8:n0}/s  p50 {P50,7:f1} ms  p99 {P99,7:f1} ms  longest {Longest,8:f1} ms  {Right} right, {Corrupt} corrupt, {Broken} broken off, {Refused} refused");
}
