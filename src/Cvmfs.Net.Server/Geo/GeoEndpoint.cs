// Geo/ tells a client which of its servers are near.
//
//   target ► GeoRequest ─┐
//   headers ► GeoClient ─┼► GeoLocator ─┬► NameCache ► name servers          (bounded, within a budget)
//                        │              ├► GeoDatabase ► MaxMindDatabase     (the file, replaced while in use)
//                        │              └► GeoOrder ► a permutation
//   GeoDatabaseUpdater fetches the file.
//
// Must stay true
//   - An answer has as many numbers as the request has elements, each once: a client takes nothing else.
//   - Whatever a header, a name server or the database says, the answer is 200 or 400, never 500: clients ask few servers and give up early.
//   - The answer depends on the URL alone where the caching string has a place, since caches keep it by URL for an hour.
// Rules from: the reference's geo service, and the client's check of its answers.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Server.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Answers <c>/cvmfs/&lt;any&gt;/api/…</c>.</summary>
internal sealed class GeoEndpoint : IDisposable
{
    private const string OkLifetime = "max-age=3600";
    private const string ErrorLifetime = "max-age=300";

    private readonly CvmfsGeoOptions _options;
    private readonly GeoDatabase _database;
    private readonly GeoLocator _locator;
    private readonly RequestRate<IPAddress>? _rate;

    private GeoEndpoint(CvmfsGeoOptions options, string databaseFile, TimeProvider time, ILogger logger)
    {
        _options = options;
        _database = new GeoDatabase(databaseFile, options.CheckInterval, time, logger);
        _locator = new GeoLocator(options, _database, new NameCache(options, time, logger), time);
        if (options.MaxRequestsPerMinute > 0) _rate = new RequestRate<IPAddress>(options.MaxRequestsPerMinute, time);
    }

    /// <summary>An endpoint, or null where there is no database to answer from.</summary>
    public static GeoEndpoint? Create(CvmfsGeoOptions options, TimeProvider time, ILogger logger)
        => options.DatabaseFile is { Length: > 0 } file ? new GeoEndpoint(options, file, time, logger) : null;

    /// <summary>Frees the database.</summary>
    public void Dispose() => _database.Dispose();

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request; its method is GET or HEAD.</param>
    /// <param name="rest">The target behind <c>/api/</c>, still escaped.</param>
    public Task HandleAsync(HttpContext context, ReadOnlySpan<char> rest)
    {
        if (!MayPass(context.Connection.RemoteIpAddress, out var retryAfter)) return TooManyAsync(context, retryAfter);
        return GeoRequest.TryParse(rest, _options.MaxServers, out var request, out string reason)
            ? AnswerAsync(context, request!)
            : SendAsync(context, GeoReply.Refuse(GeoOutcome.Refused, reason));
    }

    private async Task AnswerAsync(HttpContext context, GeoRequest request)
    {
        var headers = context.Request.Headers;
        var client = _options.TrustForwardedHeaders
            ? new GeoClient(headers["CF-Connecting-IP"] is [.., var connecting] ? connecting : null, headers["X-Forwarded-For"] is [.., var forwarded] ? forwarded : null, context.Connection.RemoteIpAddress)
            : new GeoClient(null, null, context.Connection.RemoteIpAddress);
        await SendAsync(context, await _locator.AnswerAsync(request, client, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static Task SendAsync(HttpContext context, GeoReply reply)
    {
        GeoMetrics.Request(reply.Outcome);
        context.Response.StatusCode = reply.IsOk ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        context.Response.Headers.CacheControl = reply.IsOk ? OkLifetime : ErrorLifetime;
        return PlainResponse.BytesAsync(context, reply.Body, reply.IsOk ? "text/plain" : null);
    }

    private static Task TooManyAsync(HttpContext context, TimeSpan retryAfter)
    {
        GeoMetrics.Request(GeoOutcome.TooMany);
        context.Response.Headers.RetryAfter = ((int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return PlainResponse.StatusAsync(context, StatusCodes.Status429TooManyRequests, "no-store");
    }

    /// <summary>By the connection's own address, which nobody can make up. The host itself may be a proxy that speaks for all.</summary>
    private bool MayPass(IPAddress? peer, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        return _rate is null || peer is null || IPAddress.IsLoopback(peer) || _rate.TryPass(Network(peer), out retryAfter);
    }

    /// <summary>Hosts of IPv6 have 64 bits to choose their addresses from.</summary>
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
