using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Monitoring;

/// <summary>One look-up of a server's name.</summary>
/// <param name="Family">For which addresses.</param>
/// <param name="Addresses">What came; empty where there are none.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Detail">Why it failed; null where it did not. No addresses of a family is no failure.</param>
public sealed record DnsReport(AddressFamily Family, IReadOnlyList<IPAddress> Addresses, TimeSpan Duration, string? Detail);
