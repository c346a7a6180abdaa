using System.Collections.Concurrent;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>Everything that goes wrong on lines and servers, at once. What happens to a request is a matter of its path, its server and how often it was asked.</summary>
public sealed class FaultMixTests
{
    private const int QuickSeeds = 2;
    private const int SlowSeeds = 12;
    private const int SeedsAtOnce = 6;      // a run waits most of the time, for transfers that crawl
    private const int HealthyAfter = 3; // the same object from the same server: it fails at most that often

    private enum Mishap
    {
        None,
        Reset,
        Refusal,
        Truncation,
        FlippedBit,
        Stall,
        Drip,
    }

    [Fact]
    [Conforms("stratum1", 16)]
    [Conforms("stratum1", 36)]
    [Conforms("stratum1", 50)]
    [Conforms("stratum1", 51)]
    [Conforms("stratum1", 57)]
    public Task A_run_through_every_fault_at_once_completes_stores_nothing_wrong_and_does_not_ask_for_ever() => SurviveAsync(QuickSeeds, files: 60);

    [SlowFact]
    [Conforms("stratum1", 16)]
    [Conforms("stratum1", 51)]
    [Conforms("stratum1", 57)]
    public Task Dozens_of_runs_through_every_fault_at_once_complete_and_store_nothing_wrong() => SurviveAsync(SlowSeeds, files: 250);

    [Fact]
    [Conforms("stratum1", 51)]
    public async Task A_name_that_does_not_resolve_costs_nothing_but_time_where_there_is_another_source()
    {
        using var upstream = await Tree(10).BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        await using var replica = Setup(upstream, $"http://no-such-host.invalid/cvmfs/{upstream.Name},{server.Url}");
        var report = await replica.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        ReplicaInvariants.Check(replica.Folder);
    }

    private static async Task SurviveAsync(int seeds, int files)
    {
        using var upstream = await Tree(files).BuildAsync("tag");
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = SeedsAtOnce, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(1, seeds), parallel, async (seed, _) =>
        {
            var requests = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
            var mishaps = new ConcurrentDictionary<Mishap, int>();
            await using var first = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
            await using var second = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
            first.Interfere = Misbehaving("first", seed);
            second.Interfere = Misbehaving("second", seed);
            // One of the three is dead: nothing listens there.
            await using var replica = Setup(upstream, $"http://127.0.0.1:1/cvmfs/{upstream.Name},{first.Url},{second.Url}");

            var report = await replica.SnapshotAsync();

            string story = $"seed {seed}: {string.Join(", ", mishaps.Select(pair => $"{pair.Value} × {pair.Key}"))}";
            TestContext.Current.TestOutputHelper?.WriteLine(story);
            Assert.True(report.Succeeded, $"{story}: {report.Message}");
            ReplicaInvariants.Check(replica.Folder);
            Assert.Equal(upstream.Manifests.Count - 1, ReplicaInvariants.CheckServed(replica.Folder, upstream.Manifests));
            Assert.NotEmpty(mishaps);
            // Bounded: each mishap costs one repetition, and leaving a server may turn away what was on its way there.
            int objects = requests.Keys.Select(key => key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Distinct().Count();
            int total = requests.Values.Sum();
            Assert.True(total <= objects + 2 * mishaps.Values.Sum() + 2 * replica.Replica.Options.MaxTransfers, $"{story}: {total} requests for {objects} files");
            Assert.All(requests, pair => Assert.True(pair.Value <= HealthyAfter + 4, $"{story}: {pair.Value} requests for {pair.Key}"));

            Func<HttpContext, string, Task<bool>> Misbehaving(string server, int salt) => async (context, path) =>
            {
                int nth = requests.AddOrUpdate($"{server} {path}", 1, (_, before) => before + 1);
                var mishap = nth > HealthyAfter ? Mishap.None : Throw($"{salt} {server} {path} {nth}");
                if (mishap == Mishap.None) return false;
                mishaps.AddOrUpdate(mishap, 1, (_, before) => before + 1);
                return await ActAsync(mishap, context, Path.Combine(upstream.Path, path));
            };
        });
    }

    /// <summary>5 % resets, 5 % refusals, 2 % truncations, 1 % flipped bits, 0.5 % silences, 0.5 % drips.</summary>
    private static Mishap Throw(string key) => ((ulong)PathHash.Compute(Encoding.UTF8.GetBytes(key)).High / (double)ulong.MaxValue) switch
    {
        < 0.050 => Mishap.Reset,
        < 0.100 => Mishap.Refusal,
        < 0.120 => Mishap.Truncation,
        < 0.130 => Mishap.FlippedBit,
        < 0.135 => Mishap.Stall,
        < 0.140 => Mishap.Drip,
        _ => Mishap.None,
    };

    /// <returns>Whether the request was answered.</returns>
    private static async Task<bool> ActAsync(Mishap mishap, HttpContext context, string file)
    {
        var gone = context.RequestAborted;
        switch (mishap)
        {
            case Mishap.Reset:
                context.Abort();
                return true;
            case Mishap.Refusal:
                context.Response.StatusCode = 503;
                return true;
        }

        if (!File.Exists(file)) return false;
        byte[] content = await File.ReadAllBytesAsync(file, gone);
        if (content.Length < 2) return false;
        context.Response.ContentLength = content.Length;
        try
        {
            switch (mishap)
            {
                case Mishap.Truncation:
                    await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2), gone);
                    await context.Response.Body.FlushAsync(gone);
                    context.Abort();
                    break;
                case Mishap.FlippedBit:
                    content[content.Length / 2] ^= 1;
                    await context.Response.Body.WriteAsync(content, gone);
                    break;
                case Mishap.Stall:
                    await Task.Delay(Timeout.InfiniteTimeSpan, gone); // until the client has had enough
                    break;
                case Mishap.Drip:
                    foreach (byte[] piece in content.Chunk(1))
                    {
                        await context.Response.Body.WriteAsync(piece, gone);
                        await context.Response.Body.FlushAsync(gone);
                        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, gone); // a few bytes a second: slower than any transfer may be
                    }

                    break;
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // It had.
        }

        return true;
    }

    private static RepositoryBuilder Tree(int files) => new RepositoryBuilder()
        .Nested("/a").Files("/a", files).Nested("/a/deep").Files("/a/deep", files / 2).Nested("/b").Chunked("/b/large", 80_000).RandomFile("/b/file", 150_000).Files("/top", 5);

    private static ReplicaSetup Setup(BuiltRepository upstream, string url)
        => new(url, upstream.Name.ToString(), upstream.TrustedKeys, null, new ReplicaServices { TimeProvider = new ImpatientClock() });
}
