using System.Net;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Who is asked about: the two headers that may stand for the client, and its address.</summary>
/// <param name="ConnectingAddress">What Cloudflare says: <c>CF-Connecting-IP</c>; null without it.</param>
/// <param name="ForwardedFor">The last line of <c>X-Forwarded-For</c>; null without it.</param>
/// <param name="Peer">Address of the connection.</param>
internal readonly record struct GeoClient(string? ConnectingAddress, string? ForwardedFor, IPAddress? Peer)
{
    /// <summary>The last address that a proxy has added: behind the last blank, else the last comma.</summary>
    public string? LastForwarded
    {
        get
        {
            if (ForwardedFor?.TrimEnd() is not { Length: > 0 } list) return null;
            int before = list.LastIndexOf(' ');
            return list[((before < 0 ? list.LastIndexOf(',') : before) + 1)..];
        }
    }
}

/// <summary>Orders servers by their distance from a client. Rules and reasons from the reference's geo service.</summary>
internal sealed class GeoLocator(CvmfsGeoOptions options, GeoDatabase database, NameCache names, TimeProvider time)
{
    private const int UuidLength = 36;
    private const string CloudflarePrefix = "ip.";

    /// <summary>Answers one request; waits for name servers within the budget only.</summary>
    public async Task<GeoReply> AnswerAsync(GeoRequest request, GeoClient client, CancellationToken cancellationToken)
    {
        if (request.CachingString == GeoRequest.CountLookups) return GeoReply.Count(names.Lookups);

        long began = time.GetTimestamp();
        using var lease = await database.BorrowAsync(cancellationToken).ConfigureAwait(false);
        using var spent = new CancellationTokenSource(options.LookupBudget, time);
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(spent.Token, cancellationToken);

        // All at once: the budget is for all names together.
        var finding = new Task<GeoPoint?>[request.Servers.Length];
        var findingClient = FindClientAsync(request.CachingString, client, lease, budget.Token);
        for (int i = 0; i < finding.Length; i++)
        {
            bool isHost = request.Separator < 0 || i < request.Separator;
            finding[i] = i == request.Separator ? Task.FromResult<GeoPoint?>(null) : FindServerAsync(request.Servers[i], isHost && client.ConnectingAddress is not null, lease, budget.Token);
        }

        var places = await Task.WhenAll(finding).ConfigureAwait(false);
        var origin = await findingClient.ConfigureAwait(false);
        GeoMetrics.Duration(time.GetElapsedTime(began));

        if (origin is not { } from) return GeoReply.Refuse(GeoOutcome.UnknownClient, "remote addr not found in database");
        return Order(from, places, request.Separator) is { } order
            ? GeoReply.Order(order)
            : GeoReply.Refuse(GeoOutcome.UnknownServers, "no server addr found in database");
    }

    /// <summary>Positions, near to far. Null where no host is known.</summary>
    internal static int[]? Order(GeoPoint origin, ReadOnlySpan<GeoPoint?> places, int separator)
    {
        var hosts = separator < 0 ? places : places[..separator];
        if (!AnyKnown(hosts)) return null;
        int[] order = new int[places.Length];
        var proxies = separator < 0 ? [] : places[(separator + 1)..];
        int[] proxyOrder = GeoOrder.Sort(origin, proxies);
        // Fallback proxies stand between the client and the hosts: the hosts should be near to the first of them.
        if (proxyOrder.Length > 0 && proxies[proxyOrder[0]] is { } nearest) origin = nearest;
        int at = 0;
        foreach (int host in GeoOrder.Sort(origin, hosts)) order[at++] = host;
        foreach (int proxy in proxyOrder) order[at++] = separator + 1 + proxy;
        if (separator >= 0) order[at] = separator;
        return order;
    }

    private static bool AnyKnown(ReadOnlySpan<GeoPoint?> places)
    {
        foreach (var place in places)
        {
            if (place is not null) return true;
        }

        return false;
    }

    /// <summary>The first of caching string, headers and connection that has a place.</summary>
    private async Task<GeoPoint?> FindClientAsync(string cachingString, GeoClient client, GeoDatabase.Lease lease, CancellationToken budget)
    {
        // Clients without a proxy send a random UUID, which no name server knows: asking would only fill the cache.
        bool isName = !cachingString.StartsWith('.') && !(cachingString.Length == UuidLength && Guid.TryParseExact(cachingString, "D", out _));
        return (isName ? await FindAsync(cachingString, lease, budget).ConfigureAwait(false) : null)
            ?? FindAddress(client.ConnectingAddress, lease)
            ?? FindAddress(client.LastForwarded, lease)
            ?? lease.Locate(client.Peer);
    }

    /// <summary>A host behind Cloudflare has its own address under another name.</summary>
    private async Task<GeoPoint?> FindServerAsync(string name, bool isBehindCloudflare, GeoDatabase.Lease lease, CancellationToken budget)
    {
        if (!isBehindCloudflare) return await FindAsync(name, lease, budget).ConfigureAwait(false);
        var plain = FindAsync(name, lease, budget);
        return await FindAsync(CloudflarePrefix + name, lease, budget).ConfigureAwait(false) ?? await plain.ConfigureAwait(false);
    }

    private async Task<GeoPoint?> FindAsync(string name, GeoDatabase.Lease lease, CancellationToken budget)
    {
        if (!GeoRequest.IsUsable(name)) return null;
        if (!HostAddresses.TryParse(name, out var addresses)) addresses = await names.FindAsync(name, budget).ConfigureAwait(false);
        return lease.Locate(addresses.IPv4) ?? lease.Locate(addresses.IPv6);
    }

    private static GeoPoint? FindAddress(string? text, GeoDatabase.Lease lease)
        => text is not null && IPAddress.TryParse(text, out var address) ? lease.Locate(address) : null;
}
