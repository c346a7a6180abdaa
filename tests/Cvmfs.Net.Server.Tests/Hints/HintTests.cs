using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server.Tests.Hints;

public sealed class HintTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";
    private const string Target = "/cvmfs/sw.example.org/api/v1.0/hint";
    private const string Bearer = "Authorization: Bearer " + Secret;

    private readonly ConcurrentQueue<string> _hints = new();

    [Fact]
    [Conforms("stratum1", 98)]
    public async Task The_secret_opens_and_the_hint_arrives()
    {
        await using var server = await StartAsync();
        var answer = await server.PostAsync(Target, "revision 7", Bearer);
        Assert.Equal((202, "no-store"), (answer.Status, answer["Cache-Control"]));
        Assert.Equal(["sw.example.org"], _hints);
    }

    [Theory]
    [Conforms("stratum1", 98)]
    [InlineData]
    [InlineData("Authorization: Bearer 0123456789abcdef0123456789abcdeF")]
    [InlineData("Authorization: Bearer ")]
    [InlineData("Authorization: Basic " + Secret)]
    [InlineData("X-Cvmfs-Signature: sha256=")]
    [InlineData("X-Cvmfs-Signature: sha256=00", Bearer)] // a signature that is none is not made good by a token
    public async Task Without_proof_nothing_arrives(params string[] headers)
    {
        await using var server = await StartAsync();
        Assert.Equal(401, (await server.PostAsync(Target, "", headers)).Status);
        Assert.Empty(_hints);
    }

    [Fact]
    [Conforms("stratum1", 98)]
    public async Task A_signature_counts_once_and_for_its_own_time_repository_and_body()
    {
        await using var server = await StartAsync(options => options.AcceptBearer = false);
        string[] signed = Sign(server, "sw.example.org", "body");
        Assert.Equal(202, (await server.PostAsync(Target, "body", signed)).Status);
        Assert.Equal(401, (await server.PostAsync(Target, "body", signed)).Status); // replayed
        Assert.Equal(401, (await server.PostAsync(Target, "other", Sign(server, "sw.example.org", "body", seconds: 1))).Status);
        Assert.Equal(401, (await server.PostAsync(Target, "body", Sign(server, "two.example.org", "body", seconds: 2))).Status);
        Assert.Equal(401, (await server.PostAsync(Target, "body", Sign(server, "sw.example.org", "body", seconds: -301))).Status);
        Assert.Equal(401, (await server.PostAsync(Target, "body", Sign(server, "sw.example.org", "body", seconds: 301))).Status);
        Assert.Equal(401, (await server.PostAsync(Target, "body", Bearer)).Status);
        Assert.Equal(202, (await server.PostAsync(Target, "body", Sign(server, "sw.example.org", "body", seconds: 300))).Status);
        Assert.Equal(2, _hints.Count);
    }

    [Fact]
    public async Task An_old_and_a_new_secret_hold_side_by_side()
    {
        await using var server = await StartAsync(options => options.Secrets = [new string('n', 32), Secret]);
        Assert.Equal(202, (await server.PostAsync(Target, "", Bearer)).Status);
        Assert.Equal(202, (await server.PostAsync(Target, "", "Authorization: Bearer " + new string('n', 32))).Status);
    }

    [Fact]
    [Conforms("stratum1", 98)]
    public async Task More_hints_than_agreed_are_put_off_for_that_repository_only()
    {
        await using var server = await StartAsync(options => options.HintsPerMinute = 2);
        int[] statuses = [await PostAsync(Target), await PostAsync(Target), await PostAsync(Target), await PostAsync("/cvmfs/two.example.org/api/v1.0/hint")];
        Assert.Equal([202, 202, 429, 202], statuses);
        Assert.Equal("30", (await server.PostAsync(Target, "", Bearer))["Retry-After"]);
        server.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(202, await PostAsync(Target));

        async Task<int> PostAsync(string target) => (await server.PostAsync(target, "", Bearer)).Status;
    }

    [Theory]
    [InlineData("/cvmfs/unknown.example.org/api/v1.0/hint")]
    [InlineData("/cvmfs/..%2f/api/v1.0/hint")]
    public async Task What_is_not_followed_is_not_found_and_only_those_who_may_learn_it(string target)
    {
        await using var server = await StartAsync();
        Assert.Equal(404, (await server.PostAsync(target, "", Bearer)).Status);
        Assert.Equal(401, (await server.PostAsync(target, "")).Status);
    }

    [Fact]
    public async Task A_long_body_is_refused_and_reading_is_not_what_the_address_is_for()
    {
        await using var server = await StartAsync();
        Assert.Equal(202, (await server.PostAsync(Target, new string('x', 4096), Bearer)).Status);
        Assert.Equal(413, (await server.PostAsync(Target, new string('x', 4097), Bearer)).Status);
        Assert.NotEqual(202, (await server.GetAsync(Target, Bearer)).Status);
        Assert.Single(_hints);
    }

    [Fact]
    public async Task Secrets_that_can_be_guessed_are_refused_at_the_start()
    {
        await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(options => options.Secrets = ["short"]));
        await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(options => options.Secrets = []));
    }

    private static string[] Sign(TestServer server, string repository, string body, int seconds = 0)
    {
        string timestamp = (server.Clock.GetUtcNow().ToUnixTimeSeconds() + seconds).ToString(CultureInfo.InvariantCulture);
        byte[] signature = HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), Encoding.ASCII.GetBytes($"{timestamp}\n{repository}\n{body}"));
        return [$"X-Cvmfs-Timestamp: {timestamp}", $"X-Cvmfs-Signature: sha256={Convert.ToHexStringLower(signature)}"];
    }

    private Task<TestServer> StartAsync(Action<CvmfsHintOptions>? configure = null)
    {
        var options = new CvmfsHintOptions { Secrets = [Secret] };
        configure?.Invoke(options);
        return TestServer.StartAsync(map: app => app.MapCvmfsHints(options, (repository, _) =>
        {
            if (repository == "unknown.example.org") return ValueTask.FromResult(false);
            _hints.Enqueue(repository);
            return ValueTask.FromResult(true);
        }));
    }
}
