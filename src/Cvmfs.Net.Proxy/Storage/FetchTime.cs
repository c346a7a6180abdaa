namespace Cvmfs.Net.Proxy.Storage;

/// <summary>When an object left the server that has it of itself: what the field <c>Age</c> is reckoned from. In seconds, for a century.</summary>
/// <param name="Seconds">Since 2020; 0 where there is nothing to reckon from.</param>
internal readonly record struct FetchTime(uint Seconds)
{
    private const long Start = 1_577_836_800; // 2020-01-01 in Unix time

    /// <summary>Of an answer that came now and said how old it was.</summary>
    public static FetchTime Of(DateTimeOffset now, TimeSpan age) => OfUnixTime(now.ToUnixTimeSeconds() - (long)Math.Min(age.TotalSeconds, uint.MaxValue));

    /// <summary>An instant in Unix time.</summary>
    public static FetchTime OfUnixTime(long seconds) => new((uint)Math.Clamp(seconds - Start, 1, uint.MaxValue));

    /// <summary>Age in seconds; never below zero, as clocks are set back.</summary>
    /// <param name="now">Unix time.</param>
    public long AgeAt(long now) => Seconds == 0 ? 0 : Math.Max(0, now - Start - Seconds);
}
