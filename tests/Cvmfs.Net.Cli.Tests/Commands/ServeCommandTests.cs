using System.Net;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class ServeCommandTests
{
    [Fact]
    public async Task Serves_a_folder_fetches_what_it_lacks_and_passes_another_repository_through()
    {
        using var repository = TestData.Unpack("plain.example.org");
        string name = Path.GetFileName(repository.Path);
        await using var upstream = await LoopbackServer.StartAsync(Path.GetDirectoryName(repository.Path)!);
        using var root = new TempFolder();
        foreach (string file in (string[])[RootFileNames.Whitelist, RootFileNames.Manifest])
        {
            root.Write($"{name}/{file}", await File.ReadAllBytesAsync(Path.Combine(repository.Path, file), TestContext.Current.CancellationToken));
        }

        using var listening = new AnnouncingWriter();
        using var interruption = new Interruption();
        using var output = new MemoryStream();
        string url = $"{upstream.Url.TrimEnd('/')}/cvmfs/{name}";
        var run = CvmfsCommandLine.RunAsync(
            ["serve", "--root", root.Path, "--urls", "http://127.0.0.1:0", "--memory", "1MiB", "--read-through", $"{name}={url}", "--pass-through", $"through.example.org={url}"],
            new CliHost { Output = output, Error = TextWriter.Synchronized(listening), Environment = new Dictionary<string, string>(), Interruption = interruption });

        string own = await listening.Address;
        using var client = new HttpClient();
        var manifest = Manifests.Manifest.Parse(await client.GetByteArrayAsync($"{own}/cvmfs/{name}/{RootFileNames.Manifest}", TestContext.Current.CancellationToken));
        string catalog = Cvmfs.Net.Objects.ObjectPath.Of(manifest.RootCatalogKey);
        byte[] stored = await File.ReadAllBytesAsync(Path.Combine(repository.Path, catalog), TestContext.Current.CancellationToken);
        Assert.Equal(stored, await client.GetByteArrayAsync($"{own}/cvmfs/{name}/{catalog}", TestContext.Current.CancellationToken));
        Assert.Equal(stored, await File.ReadAllBytesAsync(root.Combine($"{name}/{catalog}"), TestContext.Current.CancellationToken));
        Assert.Equal(stored, await client.GetByteArrayAsync($"{own}/cvmfs/through.example.org/{catalog}", TestContext.Current.CancellationToken));
        using var absent = await client.GetAsync($"{own}/cvmfs/other.example.org/{catalog}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);

        interruption.Signal();
        Assert.Equal(ExitCodes.Done, await run);
    }

    [Theory]
    [InlineData("--memory", "much")]
    [InlineData("--read-through", "nonsense")]
    [InlineData("--pass-through", "a=ftp://b/c")]
    [InlineData("--max-connections", "0")]
    public async Task Nonsense_is_exit_code_2(string option, string value) => (await CliRun.RunAsync("serve", "--root", ".", option, value)).Expect(ExitCodes.Usage);
}
