using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication;

/// <summary>One of a run's slowest transfers.</summary>
/// <param name="Object">What came.</param>
/// <param name="Url">Where it was asked for: the first upstream; another may have answered.</param>
/// <param name="Bytes">Stored bytes.</param>
/// <param name="Duration">From asking to having it verified and stored, repetitions included.</param>
public sealed record SlowTransfer(ObjectKey Object, string Url, long Bytes, TimeSpan Duration);
