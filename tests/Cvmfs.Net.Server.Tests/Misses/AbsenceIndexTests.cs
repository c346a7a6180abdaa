using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.Misses;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Misses;

public sealed class AbsenceIndexTests
{
    // Longer than a tick of any file system's clock, short enough to wait for.
    private static readonly TimeSpan s_settle = TimeSpan.FromMilliseconds(60);

    [Fact]
    public void Knows_what_is_not_there_and_sees_what_comes_after_an_interval_or_a_new_manifest()
    {
        using var root = new TempFolder();
        var clock = new FakeClock();
        var index = Index(root, clock);
        var here = Write(root, "here");
        var later = Key("later");
        Settle(index, later, clock);
        Assert.False(index.IsAbsent(here));

        Write(root, "later");
        Assert.True(index.IsAbsent(later)); // within the interval
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(index.IsAbsent(later));

        var last = Key("last");
        Settle(index, last, clock);
        Write(root, "last");
        index.Expire();
        Assert.False(index.IsAbsent(last));
    }

    [Fact]
    public void What_this_process_stores_is_there_at_once()
    {
        using var root = new TempFolder();
        var clock = new FakeClock();
        var index = Index(root, clock);
        Write(root, "other");
        Directory.CreateDirectory(Path.GetDirectoryName(root.Combine("sw/" + ObjectPath.Of(Key("mine"))))!);
        Settle(index, Key("mine"), clock);
        index.Added(Write(root, "mine"));
        Assert.False(index.IsAbsent(Key("mine")));
    }

    [Fact]
    [Conforms("stratum1", 87)]
    public async Task Nothing_that_a_served_manifest_reaches_is_called_absent_while_another_process_writes()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.RootFileCheckInterval = TimeSpan.Zero;
            options.AbsenceSettleTime = s_settle;
            options.NotFoundLifetime = TimeSpan.Zero;
        });
        for (int folder = 0; folder < 256; folder++) Directory.CreateDirectory(server.Root.Combine($"sw.example.org/data/{folder:x2}"));
        server.Root.WriteManifest(0);
        int early = 0;
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref early, (int)value));
        listener.EnableMeasurementEvents(server.Server.Metrics.EarlyMisses);

        for (int revision = 1; revision <= 8; revision++)
        {
            // Asked for until it is known, without the disk, not to be there: the worst moment for it to appear.
            string catalog = "/cvmfs/sw.example.org/" + ServedFolder.PathOf(Encoding.ASCII.GetBytes($"catalog {revision}"), ObjectSuffix.Catalog);
            for (int before = Volatile.Read(ref early); Volatile.Read(ref early) == before;)
            {
                server.Clock.Advance(TimeSpan.FromSeconds(1)); // the folder's state is looked at again; once it is known, time stands still
                Assert.Equal(404, (await OneAsync(server, catalog)).Status);
            }

            server.Root.WriteManifest(revision);
            var manifest = Manifest.Parse((await OneAsync(server, "/cvmfs/sw.example.org/.cvmfspublished")).Body);
            Assert.Equal((ulong)revision, manifest.Revision);
            Assert.Equal(200, (await OneAsync(server, catalog)).Status);
        }
    }

    private static AbsenceIndex Index(TempFolder root, FakeClock clock)
        => new(root.Combine("sw"), new CvmfsServerOptions { RootFolder = root.Path, AbsenceSettleTime = s_settle }, clock);

    /// <summary>Asks until the folder has been unchanged for long enough.</summary>
    private static void Settle(AbsenceIndex index, ObjectKey key, FakeClock clock)
    {
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return index.IsAbsent(key);
            },
            TimeSpan.FromSeconds(20)));
    }

    private static ObjectKey Key(string content)
    {
        // One folder for all, so that they are each other's neighbours.
        for (int salt = 0; ; salt++)
        {
            var hash = ContentHash.Compute(HashAlgorithmId.Sha1, Encoding.ASCII.GetBytes(content + salt));
            if (hash.FirstByte == 0x5c) return new ObjectKey(hash);
        }
    }

    private static ObjectKey Write(TempFolder root, string content)
    {
        root.Replace("sw/" + ObjectPath.Of(Key(content)), Encoding.ASCII.GetBytes(content));
        return Key(content);
    }

    private static Task<RawResponse> OneAsync(TestServer server, string target)
        => RawResponse.ExchangeAsync(server.EndPoint, "GET", $"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}
