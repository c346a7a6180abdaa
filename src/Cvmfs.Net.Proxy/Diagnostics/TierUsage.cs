namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>What a tier of the cache holds.</summary>
/// <param name="Tier"><c>memory</c> or <c>disk</c>.</param>
/// <param name="UsedBytes">Bytes of its objects.</param>
/// <param name="LimitBytes">Bytes they may take.</param>
/// <param name="Objects">How many there are.</param>
/// <param name="OldestAccess">When the object was last asked for that goes next; null where that is not known.</param>
internal readonly record struct TierUsage(string Tier, long UsedBytes, long LimitBytes, long Objects, DateTimeOffset? OldestAccess);
