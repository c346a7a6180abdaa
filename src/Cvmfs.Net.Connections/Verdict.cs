namespace Cvmfs.Net.Connections;

/// <summary>What becomes of a connection after some work on it.</summary>
internal enum Verdict : byte
{
    /// <summary>It waits: for the client, for the kernel, for an answer, or for its turn.</summary>
    Wait,

    /// <summary>It has ended.</summary>
    Close,

    /// <summary>It must end so that the client does not take what it has for the whole.</summary>
    Break,

    /// <summary>It is the web server's from now on.</summary>
    HandOver,
}
