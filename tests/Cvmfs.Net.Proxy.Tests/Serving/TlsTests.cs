using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Cvmfs.Net.Proxy.Tests.Serving;

/// <summary>Reverse clients that want encryption or HTTP/2.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Objects_and_documents_are_served_cold_and_hot_in_either_version(int major)
    {
        byte[][] contents = [ScriptedUpstream.BytesOf(5_000, 1), ScriptedUpstream.BytesOf(3 << 20, 2)];
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(contents);
        await using var proxy = await StartAsync(upstream);
        using var client = ClientOf(major);
        for (int round = 0; round < 2; round++)
        {
            foreach (byte[] content in contents)
            {
                using var answer = await client.GetAsync(proxy.UrlOf(upstream, content), Token);
                Assert.Equal((200, major), ((int)answer.StatusCode, answer.Version.Major));
                Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync(Token));
            }

            await proxy.Middleware.FlushAsync();
        }

        Assert.Equal(contents.Length, upstream.Seen.Count);
        using var part = new HttpRequestMessage(HttpMethod.Get, proxy.UrlOf(upstream, contents[1])) { Version = client.DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        part.Headers.Range = new(100, 199);
        using var partial = await client.SendAsync(part, Token);
        Assert.Equal(206, (int)partial.StatusCode);
        Assert.Equal(contents[1][100..200], await partial.Content.ReadAsByteArrayAsync(Token));
        using var absent = await client.GetAsync($"{proxy.Url}cvmfs/a.example.org/.cvmfspublished", Token);
        Assert.Equal(404, (int)absent.StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_not_the_object_never_ends_well(int major)
    {
        byte[] content = ScriptedUpstream.BytesOf(3 << 20, 3);
        byte[] wrong = [.. content[..^1], (byte)(content[^1] ^ 1)];
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context => context.Response.Body.WriteAsync(wrong).AsTask();
        await using var proxy = await StartAsync(upstream);
        using var client = ClientOf(major);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetByteArrayAsync(proxy.UrlOf(upstream, content), Token));
        Assert.Equal(0, proxy.Middleware.CachedObjects);
        upstream.Answer = context => context.Response.Body.WriteAsync(content).AsTask();
        Assert.Equal(content, await client.GetByteArrayAsync(proxy.UrlOf(upstream, content), Token));
    }

    [Fact]
    public async Task Http2_opens_no_tunnels_and_plain_text_gets_nothing()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await StartAsync(upstream);
        using var client = ClientOf(2);
        using var tunnel = new HttpRequestMessage(HttpMethod.Connect, new Uri(proxy.Url)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        tunnel.Headers.Host = "127.0.0.1:25";
        try
        {
            using var refused = await client.SendAsync(tunnel, HttpCompletionOption.ResponseHeadersRead, Token);
            Assert.InRange((int)refused.StatusCode, 400, 499);
        }
        catch (HttpRequestException)
        {
            // a stream that is reset is as good
        }

        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(proxy.Url).Port, Token);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes("GET /cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: x\r\n\r\n"), Token);
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[100], Token));
        }
        catch (IOException)
        {
            // likewise
        }

        Assert.Empty(upstream.Seen);
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_from_the_next_reload_on_and_a_broken_one_never()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await StartAsync(upstream);
        string first = await ShownAsync(proxy);
        WriteCertificate();
        Assert.Empty(proxy.Middleware.Reconfigure(proxy.Options));
        string second = await ShownAsync(proxy);
        Assert.NotEqual(first, second);

        File.WriteAllText(_folder.Combine("key.pem"), "nonsense");
        var refused = Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(() => proxy.Middleware.Reconfigure(proxy.Options));
        Assert.Contains(_folder.Combine("key.pem"), refused.Message, StringComparison.Ordinal);
        Assert.Equal(second, await ShownAsync(proxy));
    }

    [Theory]
    [InlineData("""{ "listen": ["https://0.0.0.0:443"] }""", "needs a certificate")]
    [InlineData("""{ "tls": { "key": "key.pem" } }""", "there is a key and no certificate")]
    [InlineData("""{ "tls": { "certificate": "/nowhere/at-all.pem" } }""", "/nowhere/at-all.pem")]
    [InlineData("""{ "admin": { "listen": "https://127.0.0.1:3129" } }""", "is no URL such as")]
    public void Settings_that_cannot_work_are_named_with_their_line(string text, string problem)
    {
        string path = _folder.Write("proxy.json", System.Text.Encoding.UTF8.GetBytes(text));
        string told = Assert.Single(ProxyConfigurationFile.Check(path, ProxyConfigurationFile.Read(path)));
        Assert.Contains(problem, told, StringComparison.Ordinal);
        Assert.StartsWith(path + ":1:", told, StringComparison.Ordinal);
    }

    private HttpClient ClientOf(int major) => new(new SocketsHttpHandler { SslOptions = Trusting() })
    {
        DefaultRequestVersion = new Version(major, major == 1 ? 1 : 0),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Trusts the certificate that is in the file now, and nothing else.</summary>
    private SslClientAuthenticationOptions Trusting()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(_folder.Combine("certificate.pem"));
        return new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", CertificateChainPolicy = policy };
    }

    private async Task<string> ShownAsync(Running proxy)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(proxy.Url).Port, Token);
        await using var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(Trusting(), Token);
        return stream.RemoteCertificate!.GetCertHashString();
    }

    private async Task<Running> StartAsync(ScriptedUpstream upstream)
    {
        WriteCertificate();
        var options = new ProxyOptions
        {
            Listen = { "https://127.0.0.1:0" },
            Tls = { Certificate = _folder.Combine("certificate.pem"), Key = _folder.Combine("key.pem") },
            Storage = { Folders = { _folder.Combine("cache") } },
            Upstream = { Servers = { upstream.Url }, AllowPrivateDestinations = true },
        };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseCvmfsProxy(options);
        builder.Services.AddCvmfsProxy(options);
        var app = builder.Build();
        app.RunCvmfsProxy();
        await app.StartAsync(Token);
        var proxy = app.Services.GetRequiredService<ProxyMiddleware>();
        await proxy.FlushAsync();
        return new Running(app, proxy, options);
    }

    private void WriteCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=proxy.example.org", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(_folder.Combine("certificate.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.Combine("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private sealed record Running(WebApplication App, ProxyMiddleware Middleware, ProxyOptions Options) : IAsyncDisposable
    {
        public string Url => App.Urls.Single() + "/";

        public string UrlOf(ScriptedUpstream upstream, byte[] content) => Url + new Uri(upstream.UrlOf(content)).AbsolutePath.TrimStart('/');

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
