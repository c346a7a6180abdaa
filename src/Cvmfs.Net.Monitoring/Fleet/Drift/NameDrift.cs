using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Monitoring.Scraping;

namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Whether names of servers lead where the file says, and those that the geo API is asked about lead anywhere.</summary>
internal sealed class NameDrift(FleetDescription fleet, ScraperOptions options, DriftFindings findings)
{
    private readonly Dialer _dialer = new(options);

    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        findings.Compared.Add(DriftKind.Dns);
        var named = fleet.ActiveServers.Where(server => !IPAddress.TryParse(server.Host, out _)).ToList();
        var looks = await Task.WhenAll(named.Select(server => LookUpAsync(server.Host, cancellationToken))).ConfigureAwait(false);
        foreach (var (server, look) in named.Zip(looks)) await CompareAsync(server, look, cancellationToken).ConfigureAwait(false);

        string[] asked = fleet.Monitoring?.Find("geo") is { } geo ? [.. geo.Texts("anchor").Concat(geo.Texts("hosts")).Distinct()] : [];
        if (asked.Length == 0) return;
        findings.Compared.Add(DriftKind.Geo);
        foreach (string host in asked)
        {
            var look = await LookUpAsync(host, cancellationToken).ConfigureAwait(false);
            if (look.Addresses.Count == 0) findings.Differs(DriftKind.Geo, host, $"does not resolve, and the geo API is asked about it{Reason(look)}");
        }
    }

    private async Task CompareAsync(FleetServer server, Look look, CancellationToken cancellationToken)
    {
        int before = findings.Items.Count;
        if (look.Addresses.Count == 0)
        {
            findings.Differs(DriftKind.Dns, server.Id, $"has the name {server.Host}, which does not resolve{Reason(look)}");
        }
        else if (server.Node?.Find("dns") is { } dns)
        {
            if (dns.Text("cname") is { } cname) await CompareTargetAsync(server, look, cname, cancellationToken).ConfigureAwait(false);
            Compare(server, "IPv4", dns.Texts("a"), look.Addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork));
            Compare(server, "IPv6", dns.Texts("aaaa"), look.Addresses.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6));
        }

        findings.NamesThatMatch[server.Id] = findings.Items.Count == before;
    }

    /// <summary>Resolvers of a system do not tell aliases; but an alias has the addresses of what it stands for.</summary>
    private async Task CompareTargetAsync(FleetServer server, Look look, string target, CancellationToken cancellationToken)
    {
        var there = await LookUpAsync(target.TrimEnd('.'), cancellationToken).ConfigureAwait(false);
        if (there.Addresses.Count == 0) findings.Differs(DriftKind.Dns, server.Id, $"should lead to {target}, which does not resolve{Reason(there)}");
        // A CDN gives other addresses from one moment to the next: one in common is enough.
        else if (!there.Addresses.Intersect(look.Addresses).Any()) findings.Differs(DriftKind.Dns, server.Id, $"leads to {Text(look.Addresses)}, and the file says {target}, which is {Text(there.Addresses)}");
    }

    private void Compare(FleetServer server, string family, string[] declared, IEnumerable<IPAddress> found)
    {
        if (declared.Length == 0) return;
        var wanted = declared.Select(text => IPAddress.TryParse(text, out var address) ? address : null).OfType<IPAddress>().ToHashSet();
        var there = found.ToHashSet();
        if (!wanted.SetEquals(there)) findings.Differs(DriftKind.Dns, server.Id, $"has the {family} addresses {Text(there)}, and the file says {Text(wanted)}");
    }

    private async Task<Look> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.RequestTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var addresses = new List<IPAddress>();
        string? fault = null;
        foreach (var family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            try
            {
                addresses.AddRange(await _dialer.ResolveAsync(host, family, either.Token).ConfigureAwait(false));
            }
            catch (SocketException failed)
            {
                fault = failed.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                fault = "no answer in time";
            }
        }

        return new Look(addresses, fault);
    }

    private static string Reason(Look look) => look.Fault is null ? "" : $": {look.Fault.TrimEnd('.')}";

    private static string Text(IEnumerable<IPAddress> addresses) => addresses.Select(address => address.ToString()).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } texts ? string.Join(", ", texts) : "none";

    private sealed record Look(IReadOnlyList<IPAddress> Addresses, string? Fault);
}
