using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Looks at what stands before the first request: the name in both families, every address by itself, TLS.</summary>
internal sealed class NetworkProbe(Dialer dialer, ScraperOptions options, Uri baseUrl, CancellationToken server, CancellationToken caller)
{
    private const int MaxStatusLine = 256;

    /// <summary>Looks once. A failure is a result.</summary>
    /// <param name="path">What to ask each address for.</param>
    public async Task<NetworkReport> RunAsync(string path)
    {
        string host = baseUrl.IdnHost;
        var dns = new List<DnsReport>();
        if (IPAddress.TryParse(host, out var literal)) return await ReportAsync([], [literal], path).ConfigureAwait(false);
        foreach (var look in (Task<DnsReport>[])[LookUpAsync(host, AddressFamily.InterNetwork), LookUpAsync(host, AddressFamily.InterNetworkV6)]) dns.Add(await look.ConfigureAwait(false));

        // Resolvers tell "no such name" and "no address of that family" apart as they like; a family beside one that is there is merely empty.
        if (dns.Exists(one => one.Addresses.Count > 0)) dns = [.. dns.Select(one => one with { Detail = null })];
        return await ReportAsync(dns, dns.SelectMany(one => one.Addresses), path).ConfigureAwait(false);
    }

    private async Task<NetworkReport> ReportAsync(List<DnsReport> dns, IEnumerable<IPAddress> addresses, string path)
    {
        var reports = await Task.WhenAll(addresses.Select(address => ProbeAsync(address, path))).ConfigureAwait(false);
        return new NetworkReport { ProbedAt = options.TimeProvider.GetUtcNow(), Dns = dns, Addresses = reports };
    }

    private async Task<DnsReport> LookUpAsync(string host, AddressFamily family)
    {
        long start = options.TimeProvider.GetTimestamp();
        try
        {
            var addresses = await dialer.ResolveAsync(host, family, server).ConfigureAwait(false);
            return new DnsReport(family, addresses, options.TimeProvider.GetElapsedTime(start), addresses.Length > 0 ? null : $"{host} has no address of this family");
        }
        catch (SocketException failed)
        {
            return new DnsReport(family, [], options.TimeProvider.GetElapsedTime(start), failed.Message);
        }
        catch (OperationCanceledException)
        {
            caller.ThrowIfCancellationRequested();
            return new DnsReport(family, [], options.TimeProvider.GetElapsedTime(start), "no answer in time");
        }
    }

    private async Task<AddressReport> ProbeAsync(IPAddress address, string path)
    {
        var report = new AddressReport { Address = address };
        TlsReport? tls = null;
        using var limit = new CancellationTokenSource(options.RequestTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, server);
        try
        {
            long start = options.TimeProvider.GetTimestamp();
            var connection = await dialer.ConnectAsync(new IPEndPoint(address, baseUrl.Port), either.Token).ConfigureAwait(false);
            await using var owned = connection.ConfigureAwait(false);
            report = report with { ConnectDuration = options.TimeProvider.GetElapsedTime(start) };
            if (baseUrl.Scheme != "https") return await AskAsync(report, connection, path, either.Token).ConfigureAwait(false);

            var secure = new SslStream(connection, leaveInnerStreamOpen: true, (_, certificate, chain, errors) =>
            {
                if (certificate is X509Certificate2 leaf) tls = Describe(leaf, chain, errors == SslPolicyErrors.None);
                return errors == SslPolicyErrors.None;
            });
            await using var alsoOwned = secure.ConfigureAwait(false);
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = baseUrl.IdnHost, CertificateChainPolicy = options.CreateChainPolicy() }, either.Token).ConfigureAwait(false);
            report = report with { Tls = tls! with { Version = VersionOf(secure.SslProtocol) } };
            return await AskAsync(report, secure, path, either.Token).ConfigureAwait(false);
        }
        catch (DialException failed)
        {
            return report with { Error = failed.Error, Detail = failed.Message };
        }
        catch (AuthenticationException failed)
        {
            return report with { Error = tls is { IsTrusted: false } ? ErrorClass.TlsCertificate : ErrorClass.TlsHandshake, Detail = failed.Message, Tls = tls };
        }
        catch (IOException failed)
        {
            return report with { Error = ErrorClass.Reset, Detail = failed.Message };
        }
        catch (OperationCanceledException)
        {
            caller.ThrowIfCancellationRequested();
            return report with { Error = ErrorClass.Timeout, Detail = $"no answer from {address} in time" };
        }
    }

    /// <summary>Any status line will do: the scrape proper judges what is served, this only tells which address serves.</summary>
    private async Task<AddressReport> AskAsync(AddressReport report, Stream connection, string path, CancellationToken cancellationToken)
    {
        byte[] request = Encoding.ASCII.GetBytes(
            $"GET {baseUrl.AbsolutePath.TrimEnd('/')}{path} HTTP/1.1\r\nHost: {baseUrl.Authority}\r\nUser-Agent: {options.UserAgent}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
        await connection.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        byte[] line = new byte[MaxStatusLine];
        int length = 0;
        while (length < 12)
        {
            int read = await connection.ReadAsync(line.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
        }

        var start = line.AsSpan(0, length);
        return start.Length >= 12 && start.StartsWith("HTTP/1."u8) && System.Buffers.Text.Utf8Parser.TryParse(start.Slice(9, 3), out int status, out _)
            ? report with { Status = status }
            : report with { Error = ErrorClass.Reset, Detail = $"{report.Address} does not answer as HTTP/1.1 does" };
    }

    private static TlsReport Describe(X509Certificate2 leaf, X509Chain? chain, bool isTrusted)
    {
        var ends = (chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>()).Select(element => element.Certificate.NotAfter).Append(leaf.NotAfter);
        return new TlsReport("", leaf.NotBefore.ToUniversalTime(), ends.Min().ToUniversalTime(), leaf.Subject, leaf.Issuer, isTrusted);
    }

    private static string VersionOf(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "1.3",
        SslProtocols.Tls12 => "1.2",
        _ => protocol.ToString(),
    };
}
