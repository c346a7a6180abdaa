using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Geo;

public sealed class GeoEndpointTests
{
    private const string Peer = "Test-Peer: 10.9.9.9"; // known to the database, but without a place
    private const string Four = "cern,fnal,ihep,ral";

    [Fact]
    [Conforms("stratum1", 84)]
    [Conforms("stratum1", 85)]
    [Conforms("protocol", 120)]
    [Conforms("protocol", 126)]
    public async Task Orders_servers_as_the_proxy_sees_them()
    {
        await using var server = await GeoServer.StartAsync();
        var answer = await server.GetAsync("ral/" + Four, Peer);
        Assert.Equal((200, "4,1,2,3\n"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
        Assert.Equal(("text/plain", "max-age=3600", "8"), (answer["Content-Type"], answer["Cache-Control"], answer["Content-Length"]));

        var head = await server.SendAsync("HEAD", "/cvmfs/sw.example.org/api/v1.0/geo/ral/" + Four, Peer);
        Assert.Equal((200, "text/plain", "max-age=3600", "8", 0), (head.Status, head["Content-Type"], head["Cache-Control"], head["Content-Length"], head.Body.Length));
    }

    [Theory]
    [Conforms("stratum1", 84)]
    [Conforms("protocol", 121)]
    [InlineData("/cvmfs/x/api/v1.0/geo/nobody/cern", "remote addr not found in database")]
    [InlineData("/cvmfs/x/api/v1.0/geo/cern/a,b,nowhere", "no server addr found in database")]
    [InlineData("/cvmfs/x/api/v1.0/geo/cern/", "no server addr found in database")]
    [InlineData("/cvmfs/x/api/v1.0/geo/cern", "no slash in geo path")]
    [InlineData("/cvmfs/x/api/v1.0/hint/cern/a", "unrecognized api function")]
    [InlineData("/cvmfs/x/api/v1.0/geo", "malformed api URL: v1.0/geo")]
    public async Task Refuses_with_a_reason(string target, string reason)
    {
        await using var server = await GeoServer.StartAsync();
        var answer = await server.SendAsync("GET", target, Peer);
        Assert.Equal((400, $"Bad Request: {reason}\n"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
        Assert.Equal((null, "max-age=300"), (answer["Content-Type"], answer["Cache-Control"]));
    }

    [Theory]
    [InlineData("/cvmfs/any.thing-at_all/api/v9.9/geo/ral/" + Four)]
    [InlineData("/cvmfs/info/api/v1.0/geo/ral/" + Four)]
    [InlineData("/cvmfs/x/api/v1.0/geo/ral/cern%2cfnal%2Cihep,ral")]
    [InlineData("/cvmfs/x/api/v1.0/geo/ral/" + Four + "?query")]
    [InlineData("http://localhost/cvmfs/x/api/v1.0/geo/ral/" + Four)]
    public async Task Neither_repository_nor_version_nor_spelling_matters(string target)
    {
        await using var server = await GeoServer.StartAsync();
        Assert.Equal("4,1,2,3\n", Encoding.ASCII.GetString((await server.SendAsync("GET", target, Peer)).Body));
    }

    [Fact]
    [Conforms("protocol", 123)]
    public async Task Takes_the_first_of_proxy_name_headers_and_connection_that_has_a_place()
    {
        const string Cloudflare = $"CF-Connecting-IP: {GeoServer.Fnal}", Forwarded = $"X-Forwarded-For: {GeoServer.Cern}, {GeoServer.Ihep}";
        const string Here = $"Test-Peer: {GeoServer.Cern}";
        await using var server = await GeoServer.StartAsync();
        Assert.Equal("4,1,2,3\n", await server.TextAsync("ral/" + Four, Cloudflare, Forwarded, Here));
        Assert.Equal("2,4,1,3\n", await server.TextAsync("nobody/" + Four, Cloudflare, Forwarded, Here));
        Assert.Equal("3,4,1,2\n", await server.TextAsync("nobody/" + Four, Forwarded, Here));
        Assert.Equal("3,4,1,2\n", await server.TextAsync("nobody/" + Four, "CF-Connecting-IP: nonsense", Forwarded, Here));
        Assert.Equal("3,4,1,2\n", await server.TextAsync("nobody/" + Four, "X-Forwarded-For: 1.1.1.1", $"X-Forwarded-For: {GeoServer.Ihep}", Here));
        Assert.Equal("1,4,2,3\n", await server.TextAsync("nobody/" + Four, Here));
        Assert.Equal("1,4,2,3\n", await server.TextAsync(".ral/" + Four, Here));             // names that begin with a dot are not asked for
        Assert.Equal("1,4,2,3\n", await server.TextAsync("nowhere/" + Four, Here));
        Assert.Equal("1,4,2,3\n", await server.TextAsync($"{GeoServer.Cern}/{Four}", Peer)); // an address in the name's place
        Assert.Equal("4,1,2,3\n", await server.TextAsync("both/" + Four, Here));             // IPv4 without a place, IPv6 with one
    }

    [Fact]
    [Conforms("stratum1", 86)]
    public async Task No_header_makes_it_fail()
    {
        await using var server = await GeoServer.StartAsync();
        string[] values = ["unknown", "", ",", " , ", "1.2.3.4:80", "[::1]:80", "::ffff:300.1.1.1", "fe80::1%eth0", new string('1', 4000), "\u00ff\u0080", "1.2.3.4, _hidden", "%00"];
        foreach (string value in values)
        {
            foreach (string header in (string[])["CF-Connecting-IP", "X-Forwarded-For"])
            {
                var answer = await server.GetAsync("nobody/" + Four, $"{header}: {value}", $"Test-Peer: {GeoServer.Cern}");
                // Kestrel itself refuses a header that is no text.
                Assert.True(answer.Status is 200 or 400, $"{header}: {value}: {answer.Status}");
                if (value.All(char.IsAscii)) Assert.Equal("1,4,2,3\n", Encoding.ASCII.GetString(answer.Body));
            }
        }
    }

    [Fact]
    [Conforms("stratum1", 85)]
    [Conforms("protocol", 122)]
    public async Task Unknown_servers_come_last_in_the_order_of_the_request()
    {
        await using var server = await GeoServer.StartAsync();
        Assert.Equal("5,2,4,1,3,6,7\n", await server.TextAsync("ral/a_b,cern,nowhere,fnal,ral,zzz,", Peer));
    }

    [Fact]
    [Conforms("stratum1", 85)]
    [Conforms("protocol", 124)]
    public async Task Hosts_are_sorted_as_the_nearest_fallback_proxy_sees_them()
    {
        await using var server = await GeoServer.StartAsync();
        Assert.Equal("3,1,2,5,6,4\n", await server.TextAsync("ihep/fnal,ihep,cern,+PXYSEP+,cern,fnal", Peer));
        Assert.Equal("3,1,2,5,6,4\n", await server.TextAsync("ihep/fnal,ihep,cern,%2BPXYSEP%2B,cern,fnal", Peer));
        Assert.Equal("2,3,1,5,4\n", await server.TextAsync("ihep/fnal,ihep,cern,+PXYSEP+,nobody", Peer));
        Assert.Equal(400, (await server.GetAsync("ihep/nobody,+PXYSEP+,cern", Peer)).Status);
    }

    [Fact]
    public async Task Behind_cloudflare_a_host_has_its_own_address_under_another_name()
    {
        await using var server = await GeoServer.StartAsync();
        server.Names["cdn.example.org"] = [GeoServer.Fnal];
        server.Names["ip.cdn.example.org"] = [GeoServer.Ihep];
        Assert.Equal("2,1\n", await server.TextAsync("fnal/cern,cdn.example.org", Peer));
        Assert.Equal("1,2\n", await server.TextAsync("fnal/cern,cdn.example.org", Peer, "CF-Connecting-IP: 10.0.0.1"));
        // Fallback proxies are never behind it.
        Assert.Equal("1,3,4,2\n", await server.TextAsync("fnal/cern,+PXYSEP+,cdn.example.org,cern", Peer, "CF-Connecting-IP: 10.0.0.1"));
    }

    [Fact]
    public async Task Counts_what_it_asks_name_servers()
    {
        await using var server = await GeoServer.StartAsync();
        Assert.Equal("0\n", await server.TextAsync("_namelookups_/x"));
        await server.TextAsync("ral/" + Four, Peer);
        await server.TextAsync("123e4567-e89b-42d3-a456-426614174000/" + Four, Peer); // a client without a proxy: no name
        Assert.Equal("4\n", await server.TextAsync("_namelookups_/x"));
    }

    [Fact]
    [Conforms("stratum1", 86)]
    public async Task A_replaced_database_is_used_without_a_restart()
    {
        await using var server = await GeoServer.StartAsync();
        Assert.Equal("1,2\n", await server.TextAsync("ihep/cern,fnal", Peer));
        string next = server.Folder.Write("next", GeoServer.Laboratories().Add("192.0.2.0/24", 41, -88).Add("198.51.100.0/24", 46, 6).ToBytes());
        File.Move(next, server.Folder.Combine("geo.mmdb"), overwrite: true);
        server.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("1,2\n", await server.TextAsync("ihep/cern,fnal", Peer));
        server.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("2,1\n", await server.TextAsync("ihep/cern,fnal", Peer));
    }

    [Fact]
    public async Task One_who_asks_too_often_is_sent_to_the_next_server()
    {
        await using var server = await GeoServer.StartAsync(options => options.MaxRequestsPerMinute = 3);
        for (int i = 0; i < 3; i++) Assert.Equal(200, (await server.GetAsync("ral/" + Four, $"Test-Peer: 2001:db8::{i}")).Status);
        var refused = await server.GetAsync("ral/" + Four, "Test-Peer: 2001:db8::9"); // the same /64
        Assert.Equal((429, "20", "no-store"), (refused.Status, refused["Retry-After"], refused["Cache-Control"]));
        Assert.Equal(200, (await server.GetAsync("ral/" + Four, "Test-Peer: 2001:db8:1::9")).Status);
        for (int i = 0; i < 5; i++) Assert.Equal(200, (await server.GetAsync("ral/" + Four)).Status); // the host itself
        server.Clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(200, (await server.GetAsync("ral/" + Four, "Test-Peer: 2001:db8::9")).Status);
    }

    [Fact]
    public async Task Headers_of_strangers_can_be_left_aside()
    {
        await using var server = await GeoServer.StartAsync(options => options.TrustForwardedHeaders = false);
        Assert.Equal("1,4,2,3\n", await server.TextAsync("nobody/" + Four, $"X-Forwarded-For: {GeoServer.Ihep}", $"CF-Connecting-IP: {GeoServer.Ihep}", $"Test-Peer: {GeoServer.Cern}"));
    }

    [Fact]
    public async Task More_servers_than_anybody_has_are_refused()
    {
        await using var server = await GeoServer.StartAsync();
        Assert.Equal(200, (await server.GetAsync("ral/" + string.Join(',', Enumerable.Repeat("cern", 100)), Peer)).Status);
        Assert.Equal("Bad Request: more than 100 servers\n", await server.TextAsync("ral/" + string.Join(',', Enumerable.Repeat("cern", 101)), Peer));
    }

    [Fact]
    public async Task Without_a_database_there_is_no_such_api()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(404, (await server.GetAsync("/cvmfs/sw.example.org/api/v1.0/geo/ral/cern")).Status);
        Assert.False(RepositoriesDocument.Parse((await server.GetAsync("/cvmfs/info/v1/repositories.json")).Body).LastGeoDbUpdate is not null);
    }

    [Fact]
    [Conforms("protocol", 120)]
    [Conforms("stratum1", 85)]
    public async Task Whatever_is_asked_a_good_answer_is_one_that_clients_take()
    {
        await using var server = await GeoServer.StartAsync();
        string[] words = ["cern", "fnal", "ihep", "ral", "nowhere", "nobody", "", "a_b", GeoServer.Fnal, "+PXYSEP+"];
        var random = new Random(20_261_122);
        for (int i = 0; i < 60; i++)
        {
            string[] list = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => words[random.Next(words.Length)])];
            var answer = await server.GetAsync($"{words[random.Next(words.Length)]}/{string.Join(',', list)}", $"Test-Peer: {GeoServer.Cern}");
            if (answer.Status == 200) Assert.True(GeoAnswer.TryParse(answer.Body, list.Length, out _));
            else Assert.Equal(400, answer.Status);
        }
    }
}
