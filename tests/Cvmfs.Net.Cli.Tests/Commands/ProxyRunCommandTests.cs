using System.Net;
using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed partial class ProxyRunCommandTests
{
    [Fact]
    public async Task Runs_a_reverse_proxy_until_it_is_interrupted()
    {
        using var repository = TestData.Unpack("plain.example.org");
        using var cache = new TempFolder();
        await using var server = await LoopbackServer.StartAsync(Path.GetDirectoryName(repository.Path)!);
        using var listening = new AnnouncingWriter();
        using var interruption = new Interruption();
        using var output = new MemoryStream();
        var run = CvmfsCommandLine.RunAsync(
            ["proxy", "run", "--listen", "http://127.0.0.1:0", "--cache", cache.Path, "--upstream", server.Url],
            new CliHost { Output = output, Error = TextWriter.Synchronized(listening), Environment = new Dictionary<string, string>(), Interruption = interruption });

        string url = Address().Match(await listening.FirstLine).Value;
        using var client = new HttpClient();
        byte[] manifest = await client.GetByteArrayAsync($"{url}/cvmfs/{Path.GetFileName(repository.Path)}/{RootFileNames.Manifest}");
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(repository.Path, RootFileNames.Manifest)), manifest);
        using var refused = await client.GetAsync($"{url}/index.html");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        interruption.Signal();
        Assert.Equal(ExitCodes.Done, await run);
    }

    [Theory]
    [InlineData("proxy", "run")]
    [InlineData("proxy", "run", "--cache", "x")]
    [InlineData("proxy", "run", "--cache", "x", "--upstream", "nowhere")]
    [InlineData("proxy", "run", "--cache", "x", "--allow-destination", "s1.example.org", "--cache-size", "much")]
    [InlineData("proxy", "run", "--cache", "x", "--allow-destination", "s1.example.org", "--allow-client", "everybody")]
    public async Task Nonsense_is_exit_code_2(params string[] args) => (await CliRun.RunAsync(args)).Expect(ExitCodes.Usage);

    [Fact]
    public async Task Without_a_server_it_says_what_to_do()
    {
        var run = await CliRun.RunAsync("proxy", "run");
        run.Expect(ExitCodes.Usage);
        foreach (string part in (string[])["nothing would be served", "--allow-destination", "--upstream", "--config"]) Assert.Contains(part, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_is_enough()
    {
        using var folder = new TempFolder();
        using var listening = new AnnouncingWriter();
        using var interruption = new Interruption();
        using var output = new MemoryStream();
        var run = CvmfsCommandLine.RunAsync(
            ["proxy", "run", "--listen", "http://127.0.0.1:0", "--allow-destination", "s1.example.org"],
            new CliHost { Output = output, Error = TextWriter.Synchronized(listening), Environment = new Dictionary<string, string> { ["CACHE_DIRECTORY"] = folder.Combine("cache") }, Interruption = interruption });
        Assert.Contains($"Cache: {folder.Combine("cache")}.", await listening.FirstLine, StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder.Combine("cache")));
        interruption.Signal();
        Assert.Equal(ExitCodes.Done, await run);
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();

    /// <summary>Tells the first line that is written to it.</summary>
    private sealed class AnnouncingWriter : StringWriter
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstLine => _first.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            _first.TrySetResult(value ?? "");
        }

        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            return Task.CompletedTask;
        }
    }
}
