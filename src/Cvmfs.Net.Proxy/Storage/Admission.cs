namespace Cvmfs.Net.Proxy.Storage;

/// <summary>What became of an object that was offered.</summary>
internal enum Admission : byte
{
    /// <summary>It is in.</summary>
    Admitted,

    /// <summary>It was in before.</summary>
    Present,

    /// <summary>It is too large a part of the whole to be let in at its first coming.</summary>
    Refused,
}
