using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Proxy.SquidImport;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.SquidImport;

public sealed class SquidConfigurationImportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_site_s_forward_proxy_is_taken_over()
    {
        var import = Read(
            """
            http_port 3128
            acl site src 10.20.0.0/16 192.0.2.0/255.255.255.0   # our nodes
            acl site src 2001:db8::/32
            acl servers dstdomain .cern.ch s1.example.org
            acl Safe_ports port 80 1025-65535
            acl SSL_ports port 443
            acl CONNECT method CONNECT
            http_access deny !Safe_ports
            http_access deny CONNECT !SSL_ports
            http_access allow localhost manager
            http_access deny manager
            http_access deny to_localhost
            http_access deny !servers
            http_access allow site
            http_access deny all
            cache_mem 256 MB
            maximum_object_size_in_memory 128 KB
            maximum_object_size 1 GB
            cache_dir ufs /var/spool/squid 50000 16 256
            collapsed_forwarding on
            refresh_pattern . 0 20% 4320
            access_log stdio:/var/log/squid/access.log squid
            shutdown_lifetime 5 seconds
            """);
        Assert.DoesNotContain(import.Lines, line => line.Verdict == SquidVerdict.NotPossible);
        var options = import.Options;
        Assert.Equal(["10.20.0.0/16", "192.0.2.0/24", "2001:db8::/32"], options.Clients.Allowed);
        Assert.Equal(["cern.ch", "*.cern.ch", "s1.example.org"], options.Upstream.AllowedDestinations);
        Assert.Equal((256L << 20, 128 << 10, 50000L << 20), (options.Storage.MemoryBytes, options.Storage.MaxMemoryObjectBytes, options.Storage.MaxBytes));
        Assert.Equal(("http://0.0.0.0:3128", "/var/log/squid/access.log", TimeSpan.FromSeconds(5)), (options.Listen.Single(), options.AccessLog.File, options.DrainTimeout));
        string path = Path.Combine(_folder.Path, "out.json");
        File.WriteAllText(path, SettingsText.Of(options));
        Assert.Empty(ProxyConfigurationFile.Check(path, ProxyConfigurationFile.Read(path)));
        Assert.Equal(options.Clients.Allowed, ProxyConfigurationFile.Read(path).Clients.Allowed);
    }

    [Fact]
    public void A_size_without_a_blank_before_its_unit_is_told_and_no_accident()
    {
        var import = Read("http_port 3128\ncache_mem 256MB\n");
        Assert.Equal(SquidVerdict.NotPossible, import.Lines.Single(static line => line.Text.StartsWith("cache_mem", StringComparison.Ordinal)).Verdict);
    }

    [Fact]
    public void A_reverse_proxy_is_taken_over()
    {
        var import = Read("http_port 8000 accel defaultsite=localhost:8081 no-vhost\ncache_peer 127.0.0.1 parent 8081 0 no-query originserver\nhttp_access allow all\n");
        Assert.Equal("http://127.0.0.1:8081/", import.Options.Upstream.Servers.Single().AbsoluteUri);
        Assert.Equal(["0.0.0.0/0", "::/0"], import.Options.Clients.Allowed);
        Assert.Empty(import.Options.Upstream.AllowedDestinations);
    }

    [Theory]
    [InlineData("acl a src 10.0.0.0/8\nacl night time 20:00-24:00\nhttp_access deny night\nhttp_access allow a")]
    [InlineData("acl a src 10.0.0.0/8\nacl auth proxy_auth REQUIRED\nhttp_access allow a auth")]
    [InlineData("acl a src 10.0.0.0/8\nhttp_access deny all\nhttp_access allow a")]
    [InlineData("acl a src 10.0.0.0/8\nacl few port 80\nhttp_access deny !few\nhttp_access allow a")]
    [InlineData("http_access deny manager")]
    public void What_cannot_be_said_exactly_lets_nobody_in(string text)
    {
        var import = Read(text);
        Assert.Equal(["127.0.0.1/32"], import.Options.Clients.Allowed);
        Assert.Empty(import.Options.Upstream.AllowedDestinations);
        Assert.NotEmpty(import.Remarks);
    }

    [Theory]
    [InlineData("^cvmfs-.*\\.example\\.org$", "cvmfs-1.example.org", true)]
    [InlineData("^cvmfs-.*\\.example\\.org$", "cvmfs-1.example.org.evil.net", false)]
    [InlineData("\\.example\\.org$", "a.example.org", true)]
    [InlineData("\\.example\\.org$", "a.example.org.evil.net", false)]
    [InlineData("^a\\.x$|^b\\.x$", "b.x", true)]
    [InlineData("^a\\.x$|^b\\.x$", "cb.x", false)]
    public void Patterns_mean_what_they_meant(string pattern, string host, bool expected)
    {
        var import = Read($"acl all_of_us src 10.0.0.0/8\nacl d dstdom_regex -i {pattern}\nhttp_access deny !d\nhttp_access allow all_of_us");
        Assert.Equal(expected, new Cvmfs.Net.Proxy.Routing.AccessPolicy(import.Options).AllowsDestination(host, 80));
        Assert.False(new Cvmfs.Net.Proxy.Routing.AccessPolicy(import.Options).AllowsDestination(host, 22));
    }

    [Fact]
    public void Where_clients_could_go_anywhere_they_can_go_nowhere_until_somebody_says_where()
    {
        var import = Read("http_port 3128\nacl ours src 10.0.0.0/8\nhttp_access allow ours\nhttp_access deny all");
        Assert.Equal(["10.0.0.0/8"], import.Options.Clients.Allowed);
        Assert.Empty(import.Options.Upstream.AllowedDestinations);
        Assert.Contains("upstream.allowedDestinations", Assert.Single(import.Remarks), StringComparison.Ordinal);
        string path = _folder.Write("out.json", System.Text.Encoding.UTF8.GetBytes(SettingsText.Of(import.Options)));
        Assert.Contains("nothing would be served", Assert.Single(ProxyConfigurationFile.CheckStart(path, ProxyConfigurationFile.Read(path))), StringComparison.Ordinal);
    }

    [Fact]
    public void Parents_and_included_files_and_lists_in_files_are_read()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "more.conf"), "never_direct allow all\nmade_up_directive on\n");
        string list = Path.Combine(_folder.Path, "nodes");
        File.WriteAllText(list, "10.1.0.0/16 # one\n\n10.2.0.0/16\n");
        var import = Read($"acl n src \"{list}\"\nhttp_access allow n\ncache_peer p1.example.org parent 3128 0 no-query round-robin\ncache_peer p2.example.org parent 3128 0 no-query round-robin\ninclude more.conf\n");
        Assert.Equal("http://p1.example.org:3128|http://p2.example.org:3128", import.Options.Upstream.Parents);
        Assert.Equal(["10.1.0.0/16", "10.2.0.0/16"], import.Options.Clients.Allowed);
        Assert.Equal("made_up_directive on", Assert.Single(import.Lines, line => line.Verdict == SquidVerdict.NotPossible).Text);
    }

    private SquidConfigurationImport Read(string text)
    {
        string path = Path.Combine(_folder.Path, "squid.conf");
        File.WriteAllText(path, text);
        return SquidConfigurationImport.Read(path);
    }
}
