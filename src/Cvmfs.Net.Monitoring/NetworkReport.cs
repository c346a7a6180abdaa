namespace Cvmfs.Net.Monitoring;

/// <summary>What stands before the first request: names, addresses, TLS.</summary>
public sealed record NetworkReport
{
    /// <summary>When it was looked at; it changes slowly and is kept for a while.</summary>
    public required DateTimeOffset ProbedAt { get; init; }

    /// <summary>Look-ups of the name, one a family; empty for a server that is named by an address.</summary>
    public required IReadOnlyList<DnsReport> Dns { get; init; }

    /// <summary>Every address, in the order of families and look-up.</summary>
    public required IReadOnlyList<AddressReport> Addresses { get; init; }

    /// <summary>TLS of the first address that has it; null for plain HTTP or where no address answered.</summary>
    public TlsReport? Tls => Addresses.Select(address => address.Tls).FirstOrDefault(tls => tls is not null);
}
