namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Instants to the minute in 24 bits: enough for 31 years.</summary>
internal static class Minutes
{
    private static readonly DateTimeOffset s_start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static uint Of(DateTimeOffset instant) => (uint)Math.Clamp((instant - s_start).TotalMinutes, 0, 0xffffff);

    public static DateTimeOffset ToInstant(uint minutes) => s_start.AddMinutes(minutes);
}
