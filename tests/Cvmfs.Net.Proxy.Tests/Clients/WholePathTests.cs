using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Proxy.Tests.Clients;

/// <summary>What a client of CernVM-FS 2.12 does from mount to reading, through the proxy, with repositories that the reference's tools wrote.</summary>
public sealed class WholePathTests
{
    [Theory, Conforms("proxy", 110), Conforms("proxy", 65), Conforms("proxy", 77)]
    [InlineData("all.example.org")]
    [InlineData("empty.example.org")]
    [InlineData("external.example.org")]
    [InlineData("plain.example.org")]
    [InlineData("rmd160.example.org")]
    [InlineData("shake128.example.org")]
    public async Task A_client_mounts_and_reads_cold_hot_and_after_a_restart_of_the_proxy(string name)
    {
        using var repository = TestData.Unpack(name);
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(name, repository.Path);
        using var cache = new TempFolder();
        int asked, hot;
        await using (var proxy = await RunningProxy.StartAsync(cacheFolder: cache.Path))
        {
            int cold = await MountAndReadAsync(proxy, stratum, repository);
            Assert.Empty(stratum.Requests.GroupBy(static request => request.RawTarget).Where(static same => same.Count() > 1).Select(static same => same.Key)); // each once
            asked = stratum.Requests.Count;
            Assert.InRange(asked, cold - 1, cold); // an empty object is known without asking
            hot = await MountAndReadAsync(proxy, stratum, repository);
            Assert.Empty(stratum.Requests.Skip(asked).Select(static request => request.RawTarget)); // nobody asked again
        }

        await using (var again = await RunningProxy.StartAsync(cacheFolder: cache.Path))
        {
            Assert.Equal(hot, await MountAndReadAsync(again, stratum, repository));
        }

        // After the restart at most the root files, whose life is short.
        Assert.DoesNotContain(stratum.Requests.Skip(asked), static request => request.RawTarget.Contains("/data/", StringComparison.Ordinal));
        Assert.All(stratum.Requests, static request => Assert.StartsWith("cvmfs ", request.Header("User-Agent"), StringComparison.Ordinal));
    }

    [Fact, Conforms("proxy", 110), Conforms("proxy", 81)]
    public async Task After_bad_data_a_client_asks_past_caches_and_is_helped()
    {
        const string Name = "all.example.org";
        using var repository = TestData.Unpack(Name);
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(Name, repository.Path);
        await using var proxy = await RunningProxy.StartAsync();
        using var client = new WireClient(proxy.Port);
        var (_, manifest) = await client.GetAsync(stratum.BaseUrl.Authority, $"/cvmfs/{Name}/.cvmfspublished");
        string catalog = $"/cvmfs/{Name}/{ObjectPath.Of(Manifest.Parse(manifest).RootCatalogKey)}";
        var (_, first) = await client.GetAsync(stratum.BaseUrl.Authority, catalog);
        int asked = stratum.Requests.Count;

        // What is stored is right: it is checked, and not fetched again because a client cannot read it.
        var (status, second) = await client.GetAsync(stratum.BaseUrl.Authority, catalog, noCache: true);
        Assert.Equal((200, asked), (status, stratum.Requests.Count));
        Assert.Equal(first, second);

        // A document is asked for again, past all caches on the way.
        (status, _) = await client.GetAsync(stratum.BaseUrl.Authority, $"/cvmfs/{Name}/.cvmfspublished", noCache: true);
        Assert.Equal((200, asked + 1), (status, stratum.Requests.Count));
        Assert.Contains("no-cache", stratum.Requests[^1].Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Equal(1, client.Connections);
    }

    [Fact, Conforms("proxy", 110)]
    public async Task A_client_that_is_told_of_an_error_comes_back_on_a_new_connection()
    {
        await using var stratum = await FakeStratum.StartAsync();
        await using var proxy = await RunningProxy.StartAsync();
        using var client = new WireClient(proxy.Port);
        for (int round = 1; round <= 3; round++)
        {
            var (status, _) = await client.GetAsync(stratum.BaseUrl.Authority, "/cvmfs/none.example.org/.cvmfspublished");
            Assert.Equal((404, round), (status, client.Connections));
        }

        Assert.Single(stratum.Requests);
    }

    [Fact, Conforms("proxy", 110), Conforms("proxy", 89)]
    public async Task A_client_sorts_its_servers_by_an_answer_that_all_clients_share()
    {
        await using var stratum = await FakeStratum.StartAsync();
        stratum.Mount("/cvmfs/all.example.org/api/v1.0/geo/", static _ => ValueTask.FromResult<byte[]?>("2,1,3\n"u8.ToArray()));
        await using var proxy = await RunningProxy.StartAsync();
        for (int round = 0; round < 2; round++)
        {
            using var client = new WireClient(proxy.Port);
            var (status, order) = await client.GetAsync(stratum.BaseUrl.Authority, "/cvmfs/all.example.org/api/v1.0/geo/site-proxy.example.org/s1.example.org,s2.example.org,s3.example.org");
            Assert.Equal((200, "2,1,3\n"), (status, System.Text.Encoding.ASCII.GetString(order)));
        }

        Assert.Single(stratum.Requests);
    }

    [Fact, Conforms("proxy", 110), Conforms("proxy", 90)]
    public async Task A_client_reads_parts_of_external_files_where_that_is_allowed()
    {
        byte[] content = [.. Enumerable.Range(0, 5000).Select(static value => (byte)(value * 7))];
        await using var stratum = await FakeStratum.StartAsync();
        stratum.Mount("/store/", path => ValueTask.FromResult<byte[]?>(path == "data set/run,1.root" ? content : null));
        await using var proxy = await RunningProxy.StartAsync(static options => options.Documents.ExternalDestinations.Add("127\\.0\\.0\\.1:\\d+"));
        using var client = new WireClient(proxy.Port);
        var (status, part) = await client.GetAsync(stratum.BaseUrl.Authority, "/store/data%20set/run,1.root", range: "1000-1999");
        Assert.Equal((206, "bytes 1000-1999/5000"), (status, client.Fields["Content-Range"]));
        Assert.Equal(content[1000..2000], part);
        Assert.Equal("/store/data%20set/run,1.root", stratum.Requests[^1].RawTarget);
        (status, var whole) = await client.GetAsync(stratum.BaseUrl.Authority, "/store/data%20set/run,1.root");
        Assert.Equal(200, status);
        Assert.Equal(content, whole);
    }

    /// <summary>Manifest, whitelist, certificate, root catalog, nested catalogs, everything else; each checked as the client does.</summary>
    /// <returns>How many requests were made.</returns>
    private static async Task<int> MountAndReadAsync(RunningProxy proxy, FakeStratum stratum, TestRepository repository)
    {
        using var client = new WireClient(proxy.Port);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (manifestBytes, whitelist) = (await GetAsync(".cvmfspublished"), await GetAsync(".cvmfswhitelist"));
        var manifest = Manifest.Parse(manifestBytes);
        byte[] certificate = await ReadAsync(manifest.CertificateKey!.Value);
        var clock = new FakeClock(Whitelist.Parse(whitelist).CreatedAt!.Value.AddHours(1));
        new ManifestVerifier(MasterKeys.FromPem(File.ReadAllText(repository.PublicKeyPath)), timeProvider: clock)
            .Verify(RepositoryName.Parse(repository.Name), manifestBytes, certificate, whitelist);

        var catalogs = new Queue<ObjectKey>([manifest.RootCatalogKey]);
        while (catalogs.TryDequeue(out var key))
        {
            using var catalog = Catalog.Open(ZlibCodec.Decompress(await ReadAsync(key), 64 << 20), default, new CatalogOptions { AllowForeignPrefix = true });
            foreach (var nested in catalog.NestedCatalogs)
            {
                var below = new ObjectKey(nested.Hash, ObjectSuffix.Catalog);
                if (!seen.Contains(ObjectPath.Of(below))) catalogs.Enqueue(below);
            }
        }

        string folder = Path.Combine(repository.Path, ObjectPath.DataFolder);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string path = $"{ObjectPath.DataFolder}/{Path.GetRelativePath(folder, file).Replace('\\', '/')}";
            if (!seen.Contains(path) && ObjectPath.TryParse(path, out var key)) await ReadAsync(key);
        }

        Assert.Equal(1, client.Connections);
        return seen.Count;

        async Task<byte[]> ReadAsync(ObjectKey key)
        {
            string path = ObjectPath.Of(key);
            byte[] bytes = await GetAsync(path);
            Assert.Equal(key.Hash, ContentHash.Compute(key.Hash.Algorithm, bytes));
            return bytes;
        }

        async Task<byte[]> GetAsync(string path)
        {
            var (status, body) = await client.GetAsync(stratum.BaseUrl.Authority, $"/cvmfs/{repository.Name}/{path}", info: "/some/file%20name");
            Assert.True(status == 200, $"{path}: {status}");
            seen.Add(path);
            return body;
        }
    }
}
