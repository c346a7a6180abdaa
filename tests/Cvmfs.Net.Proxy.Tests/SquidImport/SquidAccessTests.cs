using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.SquidImport;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.SquidImport;

/// <summary>Rules of squid as they are found in real files.</summary>
public sealed class SquidAccessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_distribution_s_default_with_a_few_lines_changed()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "conf.d"));
        File.WriteAllText(Path.Combine(_folder.Path, "conf.d", "local.conf"), "logfile_rotate 0\nhttp_access allow localnet cvmfs_servers\n");
        var import = Read(
            """
            acl localnet src 0.0.0.1-0.255.255.255  # "this" network
            acl localnet src 10.0.0.0/8 100.64.0.0/10 fe80::/10
            acl SSL_ports port 443
            acl Safe_ports port 80 21 443 70 210
            acl Safe_ports port 1025-65535
            acl cvmfs_servers dstdomain .cern.ch
            http_access deny !Safe_ports
            http_access deny CONNECT !SSL_ports
            http_access allow localhost manager
            http_access deny manager
            include conf.d/*.conf
            http_access allow localhost
            http_access deny to_localhost
            http_access deny all
            http_port 3128
            coredump_dir /var/spool/squid
            refresh_pattern (/cgi-bin/|\?) 0 0% 0
            """);
        Assert.DoesNotContain(import.Lines, static line => line.Verdict == SquidVerdict.NotPossible);
        Assert.Equal(["cern.ch", "*.cern.ch"], import.Options.Upstream.AllowedDestinations);
        Allows(import, "10.3.4.5", "100.100.0.1", "fe80::1", "0.0.0.77", "0.200.0.1", "127.0.0.1", "::1");
        Refuses(import, "192.0.2.1", "11.0.0.0", "0.0.0.0", "1.0.0.0", "127.0.0.2", "2001:db8::1");
    }

    [Fact]
    public void Frontier_s_with_a_restriction_of_destinations()
    {
        var import = Read(
            """
            acl NET_LOCAL src 10.20.0.0/16 192.0.2.0/24
            acl HOST_MONITOR src 127.0.0.1/32 198.51.100.0/24
            acl snmppublic snmp_community public
            acl RESTRICT_DEST dstdom_regex ^((cvmfs|frontier).*\.(cern\.ch|example\.org))$
            http_access deny !RESTRICT_DEST
            http_access allow NET_LOCAL
            http_access allow localhost
            http_access deny all
            snmp_access allow snmppublic HOST_MONITOR
            http_port 3128
            cache_mem 128 MB
            cache_dir ufs /var/cache/squid 10000 16 256
            """);
        Assert.DoesNotContain(import.Lines, static line => line.Verdict == SquidVerdict.NotPossible);
        Allows(import, "10.20.1.1", "127.0.0.1");
        Refuses(import, "10.21.0.1", "198.51.100.1");
        Assert.Equal((true, false, false, false), (Asks(import, "cvmfs-s1.cern.ch", 8000), Asks(import, "www.cern.ch", 80), Asks(import, "cvmfs.cern.ch.example.net", 80), Asks(import, "cvmfs-s1.cern.ch", 22)));
    }

    [Fact]
    public void The_one_that_refuses_all_but_its_network_and_allows_servers()
    {
        var import = Read(
            """
            acl local_nodes src 10.0.0.0/255.0.0.0
            acl stratum_ones dstdomain .cern.ch s1.example.org
            http_port 3128
            http_access deny !local_nodes
            http_access allow stratum_ones
            http_access deny all
            collapsed_forwarding on
            max_filedescriptors 8192
            """);
        Assert.DoesNotContain(import.Lines, static line => line.Verdict == SquidVerdict.NotPossible);
        Allows(import, "10.255.0.1");
        Refuses(import, "127.0.0.1", "192.0.2.1", "2001:db8::1");
        Assert.Equal((true, false), (Asks(import, "s1.example.org", 80), Asks(import, "s2.example.org", 80)));
        Works(import);
    }

    [Fact]
    public void A_grid_site_s_with_several_lists_of_servers_and_monitors()
    {
        var import = Read(
            """
            acl NET_LOCAL src 10.0.0.0/8 fc00::/7
            acl MAJOR dstdom_regex -i ^cvmfs.*\.example\.org$
            acl ATLAS dstdomain .atlas.example.net
            acl Safe_ports port 80 8000
            acl MON src 198.51.100.7
            http_access deny !Safe_ports
            http_access allow manager localhost
            http_access allow localhost
            http_access allow NET_LOCAL MAJOR
            http_access allow NET_LOCAL ATLAS
            http_access allow MON ATLAS
            http_access deny all
            http_port 3128
            """);
        string[] notPossible = [.. import.Lines.Where(static line => line.Verdict == SquidVerdict.NotPossible).Select(static line => line.Text)];
        Assert.Equal(["http_access allow localhost", "http_access allow MON ATLAS"], notPossible); // any server on two ports; fewer servers than the rest
        Allows(import, "10.1.1.1", "fd00::1");
        Refuses(import, "198.51.100.7", "127.0.0.1");
        Assert.Equal((true, true, false, false), (Asks(import, "cvmfs-1.example.org", 8000), Asks(import, "x.atlas.example.net", 80), Asks(import, "x.atlas.example.net", 8080), Asks(import, "cvmfs-1.example.org", 8080)));
    }

    [Fact]
    public void A_cluster_s_with_parents_and_several_ports()
    {
        var import = Read(
            """
            http_port 10.0.0.1:3128
            http_port 3129 name=second
            acl rack src 10.0.0.0/16
            acl broken src 10.0.6.0/24
            acl upstream dstdomain s1.example.org s2.example.org
            cache_peer p1.example.org parent 3128 0 no-query round-robin
            cache_peer p2.example.org parent 3128 0 no-query default
            never_direct allow all
            prefer_direct off
            http_access deny all !rack
            http_access deny broken
            http_access deny !upstream
            http_access allow all
            """);
        Assert.DoesNotContain(import.Lines, static line => line.Verdict == SquidVerdict.NotPossible);
        Assert.Equal(["http://10.0.0.1:3128", "http://0.0.0.0:3129"], import.Options.Listen);
        Assert.Equal("http://p1.example.org:3128|http://p2.example.org:3128", import.Options.Upstream.Parents);
        Allows(import, "10.0.5.255", "10.0.7.0", "10.0.255.255", "10.0.0.1");
        Refuses(import, "10.0.6.0", "10.0.6.255", "10.1.0.0");
        Assert.Equal(["s1.example.org", "s2.example.org"], import.Options.Upstream.AllowedDestinations);
    }

    [Theory]
    [InlineData("acl b src 10.1.0.0/16\nhttp_access allow a b", "10.1.0.0/16")] // both lists at once
    [InlineData("http_access allow a !b\nacl b src 10.128.0.0/9", "10.0.0.0/9")] // the list's line stands after its rule
    [InlineData("acl b src 10.128.0.0/9\nhttp_access deny b\nhttp_access allow a", "10.0.0.0/9")]
    [InlineData("acl b src 10.0.0.1-10.0.0.6\nhttp_access allow b", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32")]
    [InlineData("acl get method GET HEAD\nhttp_access deny !get\nhttp_access allow a", "10.0.0.0/8")]
    [InlineData("acl night time 20:00-24:00\nhttp_access deny !a night\nhttp_access allow all", "10.0.0.0/8")] // refuses more than squid
    [InlineData("http_access allow a localhost", "127.0.0.1/32")] // nobody is in both: the default
    [InlineData("acl b src 10.0.0.0/9 nodes.example.org\nhttp_access deny b\nhttp_access allow a", "127.0.0.1/32")] // who else is refused is not known
    [InlineData("acl b src 10.0.0.0/9 nodes.example.org\nhttp_access allow a !b", "127.0.0.1/32")]
    [InlineData("acl s dstdomain .x.example\nhttp_access deny s\nhttp_access allow a", "127.0.0.1/32")] // all servers but one domain
    public void Clients_are_those_that_squid_let_in_or_fewer(string rules, string expected) =>
        Assert.Equal(expected.Split(' '), Read("acl a src 10.0.0.0/8\n" + rules).Options.Clients.Allowed);

    [Theory]
    [InlineData("acl bad dstdomain s2.x.example\nhttp_access deny bad\nhttp_access allow a s", "x.example")] // "*.x.example" would let s2 in
    [InlineData("acl t dstdomain s1.x.example .y.example\nhttp_access deny !s\nhttp_access allow a t", "s1.x.example")]
    [InlineData("acl web port 80\nhttp_access allow a s web", "x.example:80 *.x.example:80")]
    [InlineData("acl plain port 8000-8081\nhttp_access deny plain\nhttp_access allow a s", "x.example:80 *.x.example:80")]
    public void Servers_are_those_that_squid_asked_or_fewer(string rules, string expected) =>
        Assert.Equal(expected.Split(' '), Read("acl a src 10.0.0.0/8\nacl s dstdomain .x.example\n" + rules).Options.Upstream.AllowedDestinations);

    private static bool Asks(SquidConfigurationImport import, string host, int port) => new AccessPolicy(import.Options).AllowsDestination(host, port);

    private static void Allows(SquidConfigurationImport import, params string[] clients) =>
        Assert.All(clients, client => Assert.Contains(import.Options.Clients.Allowed, network => System.Net.IPNetwork.Parse(network).Contains(System.Net.IPAddress.Parse(client))));

    private static void Refuses(SquidConfigurationImport import, params string[] clients) =>
        Assert.All(clients, client => Assert.DoesNotContain(import.Options.Clients.Allowed, network => System.Net.IPNetwork.Parse(network).Contains(System.Net.IPAddress.Parse(client))));

    private void Works(SquidConfigurationImport import)
    {
        string path = _folder.Write("out.json", System.Text.Encoding.UTF8.GetBytes(SettingsText.Of(import.Options)));
        Assert.Empty(ProxyConfigurationFile.CheckStart(path, ProxyConfigurationFile.Read(path)));
        Assert.All(import.Lines, static line => Assert.NotEmpty(line.Explanation));
    }

    private SquidConfigurationImport Read(string text)
    {
        string path = Path.Combine(_folder.Path, "squid.conf");
        File.WriteAllText(path, text);
        return SquidConfigurationImport.Read(path);
    }
}
