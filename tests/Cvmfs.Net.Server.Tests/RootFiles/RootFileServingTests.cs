using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Server.Tests.RootFiles;

public sealed class RootFileServingTests
{
    private const string ManifestUrl = "/cvmfs/sw.example.org/.cvmfspublished";
    private const string WhitelistUrl = "/cvmfs/sw.example.org/.cvmfswhitelist";
    private static readonly DateTimeOffset s_epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    [Conforms("stratum1", 87)]
    public async Task Whoever_sees_a_manifest_sees_its_whitelist_or_a_newer_one_and_its_objects()
    {
        await using var server = await TestServer.StartAsync(options => options.RootFileCheckInterval = TimeSpan.Zero);
        const int Last = 150;
        const int Ahead = 5; // so that the writer is never done before the reader has begun
        Write(0);
        using var read = new SemaphoreSlim(Ahead);
        var writing = Task.Factory.StartNew(
            () =>
            {
                for (int revision = 1; revision <= Last; revision++)
                {
                    read.Wait(TestContext.Current.CancellationToken);
                    Write(revision);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var seen = new HashSet<ulong>();
        for (ulong revision = 0; revision < Last;)
        {
            var manifest = Manifest.Parse((await OneAsync(server, ManifestUrl)).Body);
            Assert.True(manifest.Revision >= revision, "an older revision came after a newer one");
            revision = manifest.Revision;
            seen.Add(revision);
            read.Release(Ahead);
            var whitelist = Whitelist.Parse((await OneAsync(server, WhitelistUrl)).Body);
            Assert.True((whitelist.ExpiresAt - s_epoch).TotalHours >= revision, $"whitelist {whitelist.ExpiresAt} came with revision {revision}");
            Assert.Equal(200, (await OneAsync(server, "/cvmfs/sw.example.org/" + Cvmfs.Net.Objects.ObjectPath.Of(manifest.RootCatalogKey))).Status);
        }

        await writing;
        Assert.True(seen.Count > 1);

        void Write(int revision)
        {
            server.Root.WriteWhitelist(s_epoch.AddHours(revision)); // as every writer: the whitelist first
            server.Root.WriteManifest(revision);
        }
    }

    [Fact]
    [Conforms("stratum1", 102)]
    public async Task The_last_good_revision_is_served_while_what_is_on_disk_is_none()
    {
        await using var server = await TestServer.StartAsync();
        byte[] whitelist = server.Root.WriteWhitelist(s_epoch.AddDays(30));
        byte[] good = server.Root.WriteManifest(7);
        await ExpectAsync(good);

        byte[] next = ServedFolder.Manifest(8, ContentHash.Compute(HashAlgorithmId.Sha1, "catalog 8"u8));
        foreach (byte[] bad in (byte[][])[[], "nonsense"u8.ToArray(), next[..40], next[..(next.Length - 270)], Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(next).Replace("S8", "S9", StringComparison.Ordinal))])
        {
            server.Root.Write("sw.example.org/.cvmfspublished", bad); // half-written, in place, by whoever does such things
            await ExpectAsync(good);
        }

        server.Root.Write("sw.example.org/.cvmfspublished", next); // whole, but its root catalog is not here
        await ExpectAsync(good);
        server.Root.WriteObject("catalog 8"u8, Cvmfs.Net.Objects.ObjectSuffix.Catalog);
        await ExpectAsync(next);

        File.Delete(server.Root.Combine("sw.example.org/.cvmfswhitelist"));
        await ExpectAsync(next);
        File.Delete(server.Root.Combine("sw.example.org/.cvmfspublished"));
        await ExpectAsync(next);
        Assert.Equal(whitelist, (await server.GetAsync(WhitelistUrl)).Body);

        async Task ExpectAsync(byte[] manifest)
        {
            server.Refresh();
            Assert.Equal(manifest, (await server.GetAsync(ManifestUrl)).Body);
            Assert.Equal(whitelist, (await server.GetAsync(WhitelistUrl)).Body);
        }
    }

    [Fact]
    public async Task A_manifest_that_stays_away_is_gone_and_so_is_a_repository_without_a_folder()
    {
        await using var server = await TestServer.StartAsync(options => options.RootFileGrace = TimeSpan.FromMinutes(5));
        server.Root.WriteWhitelist(s_epoch.AddDays(30));
        byte[] manifest = server.Root.WriteManifest(1);
        Assert.Equal(manifest, (await server.GetAsync(ManifestUrl)).Body);

        File.Delete(server.Root.Combine("sw.example.org/.cvmfspublished"));
        server.Refresh();
        Assert.Equal(200, (await server.GetAsync(ManifestUrl)).Status);
        server.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(404, (await server.GetAsync(ManifestUrl)).Status);
        Assert.Equal(404, (await server.GetAsync(WhitelistUrl)).Status);

        server.Root.WriteManifest(2);
        server.Refresh();
        Assert.Equal(200, (await server.GetAsync(ManifestUrl)).Status);
        Directory.Delete(server.Root.Combine("sw.example.org"), recursive: true);
        server.Refresh();
        Assert.Equal(404, (await server.GetAsync(ManifestUrl)).Status);
    }

    [Fact]
    public async Task A_change_is_seen_when_the_interval_has_passed_or_at_once_when_told()
    {
        await using var server = await TestServer.StartAsync(options => options.RootFileCheckInterval = TimeSpan.FromSeconds(1));
        byte[] first = server.Root.WriteManifest(1);
        Assert.Equal(first, (await server.GetAsync(ManifestUrl)).Body);
        byte[] second = server.Root.WriteManifest(2);
        Assert.Equal(first, (await server.GetAsync(ManifestUrl)).Body); // the clock stands still
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(second, (await server.GetAsync(ManifestUrl)).Body);
        byte[] third = server.Root.WriteManifest(3);
        server.Refresh();
        Assert.Equal(third, (await server.GetAsync(ManifestUrl)).Body);
    }

    private static Task<RawResponse> OneAsync(TestServer server, string target)
        => RawResponse.ExchangeAsync(server.EndPoint, "GET", string.Create(CultureInfo.InvariantCulture, $"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
}
