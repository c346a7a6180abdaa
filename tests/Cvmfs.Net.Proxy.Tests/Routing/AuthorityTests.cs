using System.Text;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Routing;

public sealed class AuthorityTests
{
    private const string Label63 = "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678";

    [Theory]
    [InlineData("Server.Example.ORG", "server.example.org", 80)]
    [InlineData("server.example.org.", "server.example.org", 80)]
    [InlineData("server.example.org.:8000", "server.example.org", 8000)]
    [InlineData("under_score.example.org", "under_score.example.org", 80)]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example", 80)]
    [InlineData("192.0.2.1", "192.0.2.1", 80)]
    [InlineData("192.0.2.1.:81", "192.0.2.1", 81)]
    [InlineData("1.2.3.x4", "1.2.3.x4", 80)]
    [InlineData("[2001:DB8:0::1]:8000", "2001:db8::1", 8000)]
    [InlineData(Label63 + ".org", Label63 + ".org", 80)]
    public void Hosts_have_one_form(string text, string host, int port)
    {
        Assert.True(Authority.TryRead(Encoding.ASCII.GetBytes(text), out var authority));
        Assert.Equal((host, port), (Authority.NormalHost(authority.Host), authority.Port));
        var server = new UpstreamHealth(new FakeClock()).Of(RequestClassifier.Classify($"http://{text}/cvmfs/x.example.org/.cvmfspublished")!).Server;
        Assert.Equal((host, port), (server.IdnHost, server.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a..")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a b")]
    [InlineData("b\u00fccher.example")]
    [InlineData("user@a.example")]
    [InlineData("_http._tcp.example.org")]
    [InlineData("-a.example")]
    [InlineData("a-.example")]
    [InlineData("xn--.example")]
    [InlineData("a.example:0")]
    [InlineData("a.example:65536")]
    [InlineData("a.example:")]
    [InlineData("a.example:80:80")]
    [InlineData("[fe80::1%25eth0]")]
    [InlineData("[fe80::1%eth0]")]
    [InlineData("[::1")]
    [InlineData("[127.0.0.1]")]
    [InlineData("[]")]
    [InlineData("x" + Label63 + ".org")]
    [InlineData("2130706433")]
    [InlineData("127.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("127.0.0.0x1")]
    [InlineData("127.000.000.001")]
    [InlineData("1.2.3.4.5")]
    [InlineData("256.1.1.1")]
    [InlineData("a.example.7")]
    public void What_no_server_can_be_called_is_refused(string text) => Assert.False(Authority.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_name_has_253_letters_at_most()
    {
        string name = string.Join('.', Label63, Label63, Label63, Label63[..61]);
        Assert.Equal(253, name.Length);
        Assert.True(Authority.TryRead(Encoding.ASCII.GetBytes(name + "."), out _));
        Assert.False(Authority.TryRead(Encoding.ASCII.GetBytes(name + "a"), out _));
    }

    [Fact]
    public void Whatever_is_read_leads_to_a_server()
    {
        const string Letters = "ab0127xXn--_.::[]";
        var health = new UpstreamHealth(new FakeClock());
        var random = new Random(20261123);
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Letters[random.Next(Letters.Length)]));
            if (RequestClassifier.Classify($"http://{text}/cvmfs/x.example.org/.cvmfspublished") is not { } request) continue;
            read++;
            ServerState server;
            try
            {
                server = health.Of(request);
            }
            catch (UriFormatException odd)
            {
                throw new InvalidOperationException($"\"{text}\" leads nowhere.", odd);
            }

            Assert.True(server.Server.IdnHost == request.Host && server.Server.Port == request.Port, $"{text}: {request.Host}:{request.Port} leads to {server.Server}");
        }

        Assert.True(read > 1000, $"{read} of 20000 were read");
    }
}
