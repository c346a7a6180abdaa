using System.Net;

namespace Cvmfs.Net.Monitoring;

/// <summary>One address of a server, asked by itself.</summary>
public sealed record AddressReport
{
    /// <summary>The address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Why it does not answer.</summary>
    public ErrorClass Error { get; init; }

    /// <summary>The error in words; null without one.</summary>
    public string? Detail { get; init; }

    /// <summary>Until the connection stood; null where it never did.</summary>
    public TimeSpan? ConnectDuration { get; init; }

    /// <summary>HTTP status of a request over it; 0 where none came.</summary>
    public int Status { get; init; }

    /// <summary>TLS over it; null for plain HTTP.</summary>
    public TlsReport? Tls { get; init; }

    /// <summary>Whether the address answers HTTP, whatever it answers.</summary>
    public bool IsUp => Error == ErrorClass.None;
}
