using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

/// <summary>What the reference tools wrote is read as the reference tools and client read it.</summary>
public sealed class ReferenceRepositoryTests
{
    // The client that made the expected listings was configured like this, and had no NOT_SET.
    private static readonly TestEnvironment s_asTheReferenceClient = new() { Variables = new Dictionary<string, string> { ["ADDED_BY_CLIENT"] = "chosen" } };

    public static TheoryData<string> Names => [.. TestData.Names];

    [Theory, MemberData(nameof(Names))]
    [Conforms("protocol", 7), Conforms("protocol", 58), Conforms("protocol", 61), Conforms("protocol", 95), Conforms("protocol", 134)]
    public async Task A_listing_from_a_folder_equals_what_the_reference_client_shows(string name)
    {
        using var repository = TestData.Unpack(name);
        await using var external = await LoopbackServer.StartAsync(Path.GetDirectoryName(repository.Path)!, repository.ExternalPath);
        var run = await CliRun.RunAsync(
            s_asTheReferenceClient,
            "repo", "ls", repository.Path, "-R", "--json", "--checksum", "-k", repository.PublicKeyPath, "--external-url", $"{external.Url}/files");
        AssertEqualListing(repository, run);
    }

    [Theory, MemberData(nameof(Names))]
    [Conforms("protocol", 7), Conforms("protocol", 134)]
    public async Task A_listing_over_HTTP_equals_what_the_reference_client_shows(string name)
    {
        using var repository = TestData.Unpack(name);
        await using var server = await LoopbackServer.StartAsync(Path.GetDirectoryName(repository.Path)!, repository.ExternalPath);
        var run = await CliRun.RunAsync(
            s_asTheReferenceClient,
            "repo", "ls", $"{server.Url}/cvmfs/repository", "-R", "--json", "--checksum", "-k", repository.PublicKeyPath, "--external-url", $"{server.Url}/files");
        AssertEqualListing(repository, run);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Tags_equal_the_reference_list(string name)
    {
        using var repository = TestData.Unpack(name);
        var run = await CliRun.RunAsync("repo", "tags", repository.Path, "-k", repository.PublicKeyPath);
        Assert.Equal(await File.ReadAllTextAsync(repository.TagsPath), run.Expect(0).Output);
    }

    [Theory, MemberData(nameof(Names))]
    [Conforms("protocol", 99)]
    public async Task Catalogs_equal_the_reference_list(string name)
    {
        using var repository = TestData.Unpack(name);
        var run = await CliRun.RunAsync("repo", "catalogs", repository.Path, "-k", repository.PublicKeyPath);
        // The reference lists in the order of its table rows, we by path.
        string[] expected = await File.ReadAllLinesAsync(repository.CatalogsPath);
        Assert.Equal(expected.Order(StringComparer.Ordinal), run.Expect(0).Lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    [Conforms("protocol", 95)]
    public async Task Links_show_variables_of_the_environment_or_their_defaults()
    {
        using var repository = TestData.Unpack("all.example.org");
        var other = new TestEnvironment { Variables = new Dictionary<string, string> { ["ADDED_BY_CLIENT"] = "", ["NOT_SET"] = "set after all" } };
        var run = await CliRun.RunAsync(other, "repo", "ls", repository.Path, "-R", "--json", "-k", repository.PublicKeyPath);
        Assert.Contains(run.Expect(0).Lines, line => line.Contains("\"path\": \"/variant\", \"size\": 2, \"target\": \"/x\"", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.Contains("\"path\": \"/variant_default\", \"size\": 13, \"target\": \"set after all\"", StringComparison.Ordinal));
    }

    private static void AssertEqualListing(TestRepository repository, CliRun run)
    {
        string[] expected = File.ReadAllLines(repository.ExpectedPath);
        string[] actual = run.Expect(0).Lines;
        for (int i = 0; i < Math.Min(expected.Length, actual.Length); i++)
        {
            Assert.Equal(expected[i], actual[i]); // byte for byte: fields, order, formats
            using var parsed = JsonDocument.Parse(actual[i]);
        }

        Assert.Equal(expected.Length, actual.Length);
    }
}
