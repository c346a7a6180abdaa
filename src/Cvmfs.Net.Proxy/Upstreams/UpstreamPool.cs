// Upstreams/ asks servers for what is not here, and says in one word how each attempt ended.
//
//   ProxyRequest ─► Candidates ─► UpstreamPlan ─► UpstreamAttempt ─► SendAsync ─► UpstreamAnswer (head read, body open)
//                                   ▲  │ sibling, parents, servers        │
//                                   │  └ RepositoryMap, BaseOrder         └─ Http/ (own connections), MessageClient (TLS)
//                                   └── Succeeded, Failed ─► UpstreamHealth (CircuitBreaker, latency), ParentProxies
//
// Must stay true
//   - Requests carry only what is written here: nothing of the client's headers goes on, so nobody can poison what many will read.
//   - Bodies arrive as sent: no content coding is asked for, none is undone, redirects are not followed.
//   - All attempts for one request together end before a client gives up on its proxy.
//   - A manifest comes from the server that was named, and from no other unless the operator says that they are one.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Upstreams.Http;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>The servers that requests name, or the configured ones, and the ways there. Safe for concurrent use.</summary>
internal sealed class UpstreamPool : IDisposable
{
    /// <summary>Our name on the wire. Servers tell clients of CernVM-FS by the first word.</summary>
    public const string UserAgent = "cvmfs proxy Cvmfs.Net";

    /// <summary>Says to a sibling that it is not to ask on. Begins as fields of clients do, so that it is no reason for a detour there.</summary>
    public const string SiblingHeader = "X-CVMFS-Sibling";

    private volatile ProxyUpstreamOptions _options;
    private readonly TimeProvider _clock;
    private readonly NameCache _names;
    private readonly ParentProxies? _parents;
    private readonly SiblingRing? _siblings;
    private readonly RepositoryMap _repositories;
    private readonly BaseOrder _order;
    private readonly UpstreamSurroundings _around;
    private readonly WireClient _wire;
    private readonly MessageClient _messages;
    private readonly HealthProbe? _probe;
    private readonly IPNetwork[] _delivery;
    private readonly Dialer _dialer;
    private readonly string _via;

    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="resolve">Looks names up; the system's resolver where null.</param>
    public UpstreamPool(ProxyOptions options, TimeProvider clock, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        (_options, _clock) = (options.Upstream, clock);
        Health = new UpstreamHealth(clock);
        _names = new NameCache(resolve ?? Dns.GetHostAddressesAsync, _options.NameLifetime, clock);
        _parents = ParentProxies.Of(_options, _names, clock);
        _siblings = SiblingRing.Of(_options);
        _repositories = new RepositoryMap(_options);
        _around = new UpstreamSurroundings(Health, _parents, _options.AnswerBudget, () => _options.ConnectTimeout + _options.FirstByteTimeout, clock);
        // Who is led to the administration comes from this machine there.
        var guard = new AddressGuard(_options.AllowPrivateDestinations, AddressGuard.EndPointsOf([.. options.Listen, options.Admin.Listen]));
        var dialer = _dialer = new Dialer(_names, guard, clock);
        _wire = new WireClient(dialer, _options.MaxConnectionsPerServer, clock);
        _messages = new MessageClient(() => _options, dialer, clock);
        _order = new BaseOrder(_options.Order, this, clock);
        _delivery = [.. _options.DeliveryNetworks.Select(static text => IPNetwork.Parse(AccessPolicy.WithPrefix(text)))];
        Pseudonym = $"{ErrorAnswer.Name}-{Guid.NewGuid().ToString("N")[..12]}";
        _via = $"1.1 {Pseudonym}";
        _probe = _options.ProbeInterval > TimeSpan.Zero ? new HealthProbe(this, () => _options, clock) : null;
    }

    /// <summary>The name of this very proxy in <c>Via</c> of what it sends: a request that carries it has been here before.</summary>
    public string Pseudonym { get; }

    /// <summary>Where exchanges are counted; nowhere where null.</summary>
    public Diagnostics.UpstreamMetrics? Metrics { get; set; }

    /// <summary>The latest round of asking servers how they are.</summary>
    internal Task Probing => _probe?.Round ?? Task.CompletedTask;

    /// <summary>Who hears of servers that may not be reached.</summary>
    public Diagnostics.RefusalNotices? Notices { get; set; }

    /// <summary>From here on other servers and times; what is made once, such as parents and siblings, stays as it is.</summary>
    public void Apply(ProxyUpstreamOptions options) => _options = options;

    /// <summary>Whether there is a server for requests that name none.</summary>
    public bool HasConfigured => _options.Servers.Count > 0;

    /// <summary>What is known of everybody who was asked.</summary>
    public UpstreamHealth Health { get; }

    /// <summary>The parents; null where there are none.</summary>
    public ParentProxies? Parents => _parents;

    /// <summary>Requests that wait for a connection, all of which to their server are in use.</summary>
    public int Waiting => _wire.Waiting;

    /// <summary>Completes when no question about the order of servers is on its way.</summary>
    internal Task Settled => _order.Settled;

    /// <summary>Connects to a server that a client has named, for bytes that are none of ours.</summary>
    /// <exception cref="UpstreamException">There is no connection.</exception>
    public ValueTask<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
        => _dialer.ConnectAsync(host, port, isConfigured: false, _options.ConnectTimeout, string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"), cancellationToken);

    /// <summary>Connections to a server that are in use, or being opened.</summary>
    public int BusyWith(ServerState server) => _wire.BusyWith(server.Server) + server.Exchanges;

    /// <summary>The address to tell a server as that of the client: the peer's, or what a delivery network in front of this proxy says.</summary>
    /// <param name="peer">Address of the connection.</param>
    /// <param name="connectingIp">The field <c>CF-Connecting-IP</c> of the request, where it has one.</param>
    public IPAddress ClientAddress(IPAddress peer, string? connectingIp)
    {
        var plain = AddressScope.Plain(peer);
        return connectingIp is not null && Array.Exists(_delivery, network => network.Contains(plain)) && IPAddress.TryParse(connectingIp, out var said) ? said : plain;
    }

    /// <summary>Whom to ask, best first. Nothing is sent yet.</summary>
    public UpstreamPlan Candidates(ProxyRequest request)
    {
        var sibling = request.Key is { } key && !request.IsFromSibling ? _siblings?.OwnerOf(key.Hash, one => Health.Of(one).Breaker.WouldAllow) : null;
        return new UpstreamPlan(_around, BasesOf(request), request.Key?.Hash, sibling, request.IsForward, EndpointName.Of(request.Kind, request.Key?.Suffix ?? ObjectSuffix.None));
    }

    /// <summary>Sends a request and reads the head of the answer. The caller disposes the answer, and reports how its body ended with
    /// <see cref="Succeeded"/> or <see cref="Failed"/>; where there is no answer, or one with a status of 300 and above that was
    /// not asked for, that is done already.</summary>
    /// <param name="attempt">From a plan.</param>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="bypassCaches">Whether caches on the way must ask the server again; also where the attempt says so.</param>
    /// <param name="client">Address to tell the server, where it matters (geo requests to an own server).</param>
    /// <param name="cancellationToken">Cancels the whole exchange, body included.</param>
    public async Task<UpstreamAnswer> SendAsync(
        UpstreamAttempt attempt, HttpMethod method, bool bypassCaches, IPAddress? client, CancellationToken cancellationToken)
    {
        string extra = ExtraOf(attempt, bypassCaches, client);
        bool isHead = method == HttpMethod.Head;
        long began = _clock.GetTimestamp();
        if (attempt.Before is { } before) Metrics?.FailedOver(before.Origin!.Name, attempt.Origin!.Name, before.Outcome, before.Status);
        try
        {
            UpstreamAnswer answer = attempt.Server.Scheme == Uri.UriSchemeHttps
                ? await _messages.SendAsync(attempt, isHead, _via, extra, cancellationToken).ConfigureAwait(false)
                : await _wire.SendAsync(
                    attempt,
                    new RequestText(isHead, attempt.IsAbsolute ? attempt.Origin!.Root : "", attempt.Path, TailOf(attempt.Origin!), extra),
                    new WireLimits(_options.ConnectTimeout, attempt.Limit, _options.StallTimeout),
                    cancellationToken).ConfigureAwait(false);
            Judge(attempt, answer, _clock.GetElapsedTime(began));
            Metrics?.Ended(attempt, answer.Status, UpstreamFailure.None, _clock.GetElapsedTime(began));
            answer.Meter = Metrics;
            return answer;
        }
        catch (UpstreamException failed)
        {
            Failed(attempt, failed.Failure);
            Metrics?.Ended(attempt, 0, failed.Failure, _clock.GetElapsedTime(began));
            return UpstreamAnswer.None(attempt, failed.Failure);
        }
    }

    /// <summary>Reports that an answer came whole, and right as far as that can be told.</summary>
    public void Succeeded(UpstreamAttempt attempt)
    {
        if (attempt.IsReported) return;
        attempt.IsReported = true;
        attempt.Asked!.Breaker.Succeeded();
        Health.Reached();
    }

    /// <summary>Reports content that was wrong, cut off or silent.</summary>
    public void Failed(UpstreamAttempt attempt, UpstreamFailure failure)
    {
        if (attempt.IsReported) return;
        attempt.IsReported = true;
        bool isWay = attempt.IsSibling || (attempt.Via is not null && failure is not (UpstreamFailure.Corrupt or UpstreamFailure.Busy));
        Blame(attempt, failure, isWay);
        attempt.Plan.Ended(attempt, failure, 0, isWay);
    }

    public void Dispose()
    {
        _probe?.Dispose();
        _parents?.Dispose();
        _wire.Dispose();
        _messages.Dispose();
    }

    /// <summary>An attempt outside any request, to learn about a server.</summary>
    internal UpstreamAttempt Probe(Uri server, string path, Endpoint endpoint)
    {
        var state = Health.Of(server);
        return new UpstreamAttempt
        {
            Plan = new UpstreamPlan(_around, [new UpstreamBase(state, path, true)], null, null, false, endpoint),
            Server = state.Server,
            Origin = state,
            Asked = state,
            Endpoint = endpoint,
            Path = path,
            IsConfigured = true,
            Limit = _around.Patience(),
        };
    }

    private IReadOnlyList<UpstreamBase> BasesOf(ProxyRequest request)
    {
        if (!request.IsForward)
        {
            if (_options.Servers.Count == 0) return [];
            var servers = _options.Servers.Select(server => new UpstreamBase(Health.Of(server), server.AbsolutePath.TrimEnd('/') + request.Path, true));
            return _order.Sort([.. servers]);
        }

        var named = new UpstreamBase(Health.Of(request), request.Path, false);
        if (request.Key is null && !(_options.UnifiedView && request.Kind is RequestKind.Manifest or RequestKind.RootFile)) return [named];
        UpstreamBase[] others = [.. _repositories.Find(request.Path).Select(other => new UpstreamBase(Health.Of(other.Server), other.Path, true)).Where(other => other.State != named.State)];
        return others.Length == 0 ? [named] : [named, .. _order.Sort(others)];
    }

    /// <summary>Reports what the head alone decides.</summary>
    private void Judge(UpstreamAttempt attempt, UpstreamAnswer answer, TimeSpan after)
    {
        attempt.Status = answer.Status;
        attempt.Asked!.Answered(after);
        Health.Reached();
        int status = answer.Status;
        if (status < 300 || (status == 304 && attempt.IsConditional)) return;
        attempt.IsReported = true;

        // A proxy that complains for itself, or says what only a proxy says, is left; whatever else comes is the server's word.
        bool isWay = attempt.Parent is { IsDirect: false } && (status is 401 or 403 or 407 or 429 || (status >= 400 && (status != 404) && IsComplaint(answer)));
        if (isWay || (status >= 500 && !attempt.IsSibling)) Blame(attempt, UpstreamFailure.Status, isWay);
        else attempt.Asked.Breaker.Succeeded();
        attempt.Plan.Ended(attempt, UpstreamFailure.Status, status, isWay);
    }

    private static bool IsComplaint(UpstreamAnswer answer)
        => answer.Header("X-Squid-Error") is not null || answer.Header("Proxy-Status")?.Contains("error=", StringComparison.OrdinalIgnoreCase) == true;

    private void Blame(UpstreamAttempt attempt, UpstreamFailure failure, bool isWay)
    {
        if (failure == UpstreamFailure.NotPublic) Notices?.PrivateServer(attempt.Origin!.Name);
        if (failure is UpstreamFailure.NotPublic or UpstreamFailure.Busy) return; // a rule of ours, not a fault of theirs
        var asked = isWay ? attempt.Asked! : attempt.Origin!;
        asked.Failed(failure, attempt.Status != 0);
        if (attempt.Via is not null && !isWay) attempt.Asked!.Breaker.Succeeded(); // it brought what the server said
        if (attempt.Status == 0 && failure is UpstreamFailure.Unreachable or UpstreamFailure.Unresolvable or UpstreamFailure.Timeout) Health.NotReached(asked);
    }

    private byte[] TailOf(ServerState server)
        => server.Tail ??= Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: {server.Name}\r\nUser-Agent: {UserAgent}\r\nAccept: */*\r\nVia: {_via}\r\n");

    private static string ExtraOf(UpstreamAttempt attempt, bool bypassCaches, IPAddress? client)
    {
        string extra = bypassCaches || attempt.BypassCaches ? "Cache-Control: no-cache\r\nPragma: no-cache\r\n" : "";
        if (attempt.Range is { } range && !range.AsSpan().ContainsAnyExceptInRange('!', '~')) extra += $"Range: {range}\r\n";
        if (attempt.IfNoneMatch is { } tag) extra += $"If-None-Match: {tag}\r\n";
        if (attempt.IfModifiedSince is { } since) extra += $"If-Modified-Since: {since}\r\n";
        if (attempt.IsSibling) extra += $"{SiblingHeader}: 1\r\n";
        if (client is not null) extra += $"X-Forwarded-For: {AddressScope.Plain(client)}\r\n";
        return extra;
    }
}
