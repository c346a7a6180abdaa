using System.Text;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Objects;

public sealed class RequestTargetTests
{
    private const string Digits = "6a8f9a9c5d6f7e8091a2b3c4d5e6f708192a3b";
    private const string Object = "data/5c/" + Digits;

    /// <summary>Targets that name a file which is there, in a way that no client writes.</summary>
    [Theory]
    [Conforms("stratum1", 83)]
    [InlineData("/cvmfs/sw.example.org/../secret")]
    [InlineData("/cvmfs/sw.example.org/../../secret")]
    [InlineData("/cvmfs/sw.example.org/%2e%2e/secret")]
    [InlineData("/cvmfs/sw.example.org/..%2fsecret")]
    [InlineData("/cvmfs/sw.example.org/..\\secret")]
    [InlineData("/cvmfs/sw.example.org/.cvmfs/../../secret")]
    [InlineData("/cvmfs/../secret")]
    [InlineData("/cvmfs/./sw.example.org/" + Object)]
    [InlineData("/cvmfs/sw.example.org/data/../data/5c/" + Digits)]
    [InlineData("/cvmfs/sw.example.org/data/5c/../5c/" + Digits)]
    [InlineData("/cvmfs/sw.example.org%2fdata%2f5c%2f" + Digits)]
    [InlineData("/cvmfs/sw.example.org/data%2f5c%2f" + Digits)]
    [InlineData("/cvmfs/sw.example.org/data/5%63/" + Digits)]
    [InlineData("/%63vmfs/sw.example.org/" + Object)]
    [InlineData("/CVMFS/sw.example.org/" + Object)]
    [InlineData("//cvmfs/sw.example.org/" + Object)]
    [InlineData("/cvmfs//sw.example.org/" + Object)]
    [InlineData("/cvmfs/sw.example.org//" + Object)]
    [InlineData("/cvmfs/sw.example.org/data//5c/" + Digits)]
    [InlineData("/cvmfs/sw.example.org/" + Object + "/")]
    [InlineData("/cvmfs/sw.example.org/" + Object + ".")]
    [InlineData("/cvmfs/sw.example.org/data/5C/" + Digits)]
    [InlineData("/cvmfs/sw.example.org/data/txn/upload")]
    [InlineData("/cvmfs/sw.example.org/data")]
    [InlineData("/cvmfs/sw.example.org/data/")]
    [InlineData("/cvmfs/sw.example.org/")]
    [InlineData("/cvmfs/sw.example.org")]
    [InlineData("/cvmfs/")]
    [InlineData("/cvmfs")]
    [InlineData("/cvmfs/.hidden/.cvmfspublished")]
    [InlineData("/cvmfs/-x/.cvmfspublished")]
    [InlineData("/cvmfs/info/.cvmfspublished")]
    [InlineData("/cvmfs/info/v1/secret.json")]
    [InlineData("/cvmfs/info/v2/repositories.json")]
    [InlineData("/cvmfs/sw.example.org/.replica/reflog.chksum")]
    [InlineData("/cvmfs/sw.example.org/cvmfspublished")]
    [InlineData("/cvmfs/sw.example.org/.cvmfspublished~")]
    [InlineData("/cvmfs/sw.example.org/.cvmfsalt-../secret")]
    [InlineData("/cvmfs/sw.example.org/.cvmfsalt-secret")]
    [InlineData("/secret")]
    [InlineData("/")]
    public async Task Refuses_a_target_outside_the_grammar_as_absent(string target)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("secret", "secret"u8);
        server.Root.Write("sw.example.org/" + Object, "object"u8);
        foreach (string file in (string[])["sw.example.org/.cvmfspublished", "sw.example.org/cvmfspublished", "sw.example.org/.cvmfspublished~", "sw.example.org/.cvmfsalt-secret",
            "sw.example.org/.replica/reflog.chksum", "sw.example.org/data/txn/upload", ".hidden/.cvmfspublished", "-x/.cvmfspublished", "info/.cvmfspublished", "info/v1/secret.json"])
        {
            server.Root.Write(file, "secret"u8);
        }

        var answer = await server.GetAsync(target);

        Assert.Equal(404, answer.Status);
        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(answer.Body), StringComparison.Ordinal);
    }

    [Theory]
    [Conforms("stratum1", 83)]
    [InlineData("/cvmfs/sw.example.org/.cvmfspublished%00")]
    [InlineData("/cvmfs/sw.example.org/data%00/5c/" + Digits)]
    [InlineData("/cvmfs/sw.example.org/%zz")]
    [InlineData("/cvmfs/sw.example.org/%ff%fe")]
    [InlineData("sw.example.org/.cvmfspublished")]
    public async Task Refuses_a_broken_target(string target)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/.cvmfspublished", "secret"u8);
        var answer = await server.GetAsync(target);
        Assert.True(answer.Status is 400 or 404, $"status {answer.Status}");
        Assert.Empty(answer.Body);
    }

    [Theory]
    [InlineData("/cvmfs/sw.example.org/" + Object)]
    [InlineData("/cvmfs/sw.example.org/" + Object + "?from=proxy")]
    [InlineData("http://localhost/cvmfs/sw.example.org/" + Object)]
    public async Task Understands_origin_and_absolute_form_and_ignores_a_query(string target)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object, "object"u8);
        var answer = await server.GetAsync(target);
        Assert.Equal((200, "object"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
    }

    [Fact]
    public async Task Http_1_0_is_answered()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object, "object"u8);
        var answer = await server.ExchangeAsync("GET", $"GET /cvmfs/sw.example.org/{Object} HTTP/1.0\r\n\r\n");
        Assert.Equal((200, "object"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
    }

    [Fact]
    public async Task Aliases_are_folders()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("Short_name-1.0/" + Object, "object"u8);
        Assert.Equal(200, (await server.GetAsync("/cvmfs/Short_name-1.0/" + Object)).Status);
        Assert.Equal(404, (await server.GetAsync("/cvmfs/other/" + Object)).Status);
    }
}
