using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Looks up names and opens connections: all addresses of both families, the next one started while the one before hesitates.</summary>
/// <remarks>Remembers over which family a host was reached and whose certificates were not trusted. Safe for concurrent use.</remarks>
internal sealed class Dialer(ScraperOptions options)
{
    private static readonly TimeSpan Hesitation = TimeSpan.FromMilliseconds(250); // as RFC 8305 advises

    private readonly ConcurrentDictionary<string, AddressFamily> _families = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _distrusted = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A handler that connects this way and inherits nothing from the environment.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = options.Proxy is not null, // an inherited proxy would be the one that is measured
        Proxy = options.Proxy is null ? null : new WebProxy(options.Proxy),
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All, // front ends compress unasked; hashes and signatures are over what is inside
        ConnectTimeout = Timeout.InfiniteTimeSpan,         // the dialer's own, which also tells it from other timeouts
        MaxConnectionsPerServer = options.MaxRequestsPerServer,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
        ActivityHeadersPropagator = null,
        ConnectCallback = async (context, cancellationToken) => await DialAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken).ConfigureAwait(false),
        SslOptions = { RemoteCertificateValidationCallback = Judge, CertificateChainPolicy = options.CreateChainPolicy() },
    };

    /// <summary>Over which family a host was reached last; unspecified before.</summary>
    public AddressFamily FamilyOf(string host) => _families.GetValueOrDefault(host.Trim('[', ']'));

    /// <summary>Why a host's certificate was refused; null where it was not.</summary>
    public string? DistrustOf(string host) => _distrusted.GetValueOrDefault(host.Trim('[', ']'));

    /// <summary>Addresses of one family; empty where there are none.</summary>
    /// <exception cref="SocketException">The look-up failed.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, AddressFamily family, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return literal.AddressFamily == family ? [literal] : [];
        try
        {
            return options.Resolver is { } own
                ? await own(host, family, cancellationToken).ConfigureAwait(false)
                : await Dns.GetHostAddressesAsync(host, family, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException none) when (none.SocketErrorCode == SocketError.NoData)
        {
            return [];
        }
    }

    /// <summary>Connects to one address within the time for connecting.</summary>
    /// <exception cref="DialException">It did not come to that.</exception>
    public async Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return options.Connector is { } own
                ? await own(address, either.Token).ConfigureAwait(false)
                : await OpenAsync(address, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DialException(ErrorClass.ConnectTimeout, $"no connection to {address} within {options.ConnectTimeout.TotalSeconds:0.#} s");
        }
        catch (SocketException failed)
        {
            var error = failed.SocketErrorCode == SocketError.TimedOut ? ErrorClass.ConnectTimeout : ErrorClass.ConnectRefused;
            throw new DialException(error, $"{address}: {failed.Message}", failed);
        }
    }

    private static async Task<Stream> OpenAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> DialAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = await FindAsync(host, cancellationToken).ConfigureAwait(false);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pending = new List<(Task<Stream> Attempt, IPAddress Address)>();
        DialException? last = null;
        int next = 0;
        try
        {
            while (true)
            {
                if (next < addresses.Count)
                {
                    pending.Add((ConnectAsync(new IPEndPoint(addresses[next], port), enough.Token), addresses[next]));
                    next++;
                }

                if (pending.Count == 0) throw last!;
                await WaitAsync(pending.Select(one => one.Attempt), next < addresses.Count, enough.Token).ConfigureAwait(false);
                foreach (var one in pending.Where(one => one.Attempt.IsCompleted).ToList())
                {
                    pending.Remove(one);
                    try
                    {
                        var stream = await one.Attempt.ConfigureAwait(false);
                        _families[host] = one.Address.AddressFamily;
                        return stream;
                    }
                    catch (DialException failed)
                    {
                        last = failed;
                    }
                }
            }
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            foreach (var (attempt, _) in pending) _ = attempt.ContinueWith(static late => Discard(late), TaskScheduler.Default);
        }
    }

    /// <summary>Until one attempt ended, or it is time to try the next address beside it.</summary>
    private async Task WaitAsync(IEnumerable<Task> attempts, bool mayTryNext, CancellationToken cancellationToken)
    {
        if (!mayTryNext)
        {
            await Task.WhenAny(attempts).ConfigureAwait(false);
            return;
        }

        using var waited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(attempts.Append(Task.Delay(Hesitation, options.TimeProvider, waited.Token))).ConfigureAwait(false);
        await waited.CancelAsync().ConfigureAwait(false);
    }

    private static void Discard(Task<Stream> late)
    {
        if (late.IsCompletedSuccessfully) late.Result.Dispose();
        else _ = late.Exception; // observed: another address was quicker
    }

    /// <summary>All addresses, the families in turns, IPv6 first.</summary>
    private async Task<List<IPAddress>> FindAsync(string host, CancellationToken cancellationToken)
    {
        var six = ResolveAsync(host, AddressFamily.InterNetworkV6, cancellationToken);
        var four = ResolveAsync(host, AddressFamily.InterNetwork, cancellationToken);
        SocketException? failure = null;
        var found = new List<IPAddress[]>();
        foreach (var family in (Task<IPAddress[]>[])[six, four])
        {
            try
            {
                found.Add(await family.ConfigureAwait(false));
            }
            catch (SocketException failed)
            {
                failure = failed;
            }
        }

        var all = new List<IPAddress>();
        for (int i = 0; i < found.Select(one => one.Length).DefaultIfEmpty().Max(); i++) all.AddRange(found.Where(one => i < one.Length).Select(one => one[i]));
        return all.Count > 0 ? all : throw new DialException(ErrorClass.Dns, $"{host} does not resolve{(failure is null ? "" : ": " + failure.Message)}", failure);
    }

    private bool Judge(object sender, System.Security.Cryptography.X509Certificates.X509Certificate? certificate, System.Security.Cryptography.X509Certificates.X509Chain? chain, SslPolicyErrors errors)
    {
        if (sender is SslStream { TargetHostName: { } host })
        {
            if (errors == SslPolicyErrors.None) _distrusted.TryRemove(host, out _);
            else _distrusted[host] = errors.ToString();
        }

        return errors == SslPolicyErrors.None;
    }
}
