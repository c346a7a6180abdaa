namespace Cvmfs.Net.Diagnostics;

/// <summary>Numbers of log messages, by area. A number is never used again for something else.</summary>
public static class EventIds
{
    // 1000–1999: transport

    /// <summary>A request is repeated after a transient failure.</summary>
    public const int Retrying = 1000;

    /// <summary>Another server of the repository is asked from now on.</summary>
    public const int ServerChanged = 1001;

    /// <summary>Received bytes did not have the hash of their name.</summary>
    public const int CorruptObject = 1002;

    /// <summary>A body broke off and is fetched anew.</summary>
    public const int TransferBroken = 1003;

    /// <summary>The body of a root file broke off and is fetched anew.</summary>
    public const int DocumentBroken = 1004;

    // 2000–2999: trust

    /// <summary>A server's signed documents were refused, and another server is asked.</summary>
    public const int StatementRefused = 2000;

    // 3000–3999: catalogs. 4000–4999: objects.
}
