using System.Net;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Documents;

public sealed class ManifestTrustTests
{
    [Fact, Conforms("proxy", 85)]
    public async Task With_keys_a_manifest_passes_only_if_its_whole_chain_holds()
    {
        using var built = await new RepositoryBuilder().File("/a", "b").BuildAsync();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(built.Name.ToString(), built.Path);
        await using var proxy = await StartAsync(built);
        string url = $"{stratum.UrlOf(built.Name.ToString())}/.cvmfspublished";
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(proxy, url));

        // Signed anew by the right master key: the one that is known is fetched again rather than believed.
        built.Clock.Advance(TimeSpan.FromMinutes(2));
        built.ResignWhitelist();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(proxy, url));

        built.Clock.Advance(TimeSpan.FromMinutes(20));
        built.ResignWhitelist(listed: TestKeys.Stranger);
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync(proxy, url));
    }

    [Theory, Conforms("proxy", 85)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task With_keys_a_manifest_of_a_broken_chain_is_refused_and_not_kept(int how)
    {
        using var built = await new RepositoryBuilder().File("/a", "b").BuildAsync();
        switch (how)
        {
            case 0: built.ResignWhitelist(signer: TestKeys.Stranger); break;
            case 1: built.ResignWhitelist(expires: built.Clock.GetUtcNow().AddDays(-1)); break;
            case 2: File.Delete(built.RootFile(".cvmfswhitelist")); break;
            default: built.FlipByte(built.Manifest.CertificateKey!.Value); break;
        }

        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(built.Name.ToString(), built.Path);
        string url = $"{stratum.UrlOf(built.Name.ToString())}/.cvmfspublished";
        await using var proxy = await StartAsync(built);
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync(proxy, url));
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync(proxy, url));
        await using var trusting = await RunningProxy.StartAsync(clock: built.Clock); // without keys clients check for themselves
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(trusting, url));
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningProxy proxy, string url)
    {
        using var answer = await proxy.Client.GetAsync(url);
        return answer.StatusCode;
    }

    private static Task<RunningProxy> StartAsync(BuiltRepository built)
    {
        string keys = Path.Combine(built.ServerRoot, "master.pub");
        lock (built.Keys.MasterKey) File.WriteAllText(keys, built.Keys.MasterKey.ExportSubjectPublicKeyInfoPem());
        return RunningProxy.StartAsync(options => options.Documents.MasterKeyFiles.Add(keys), clock: built.Clock);
    }
}
