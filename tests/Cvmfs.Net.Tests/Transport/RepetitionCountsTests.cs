using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class RepetitionCountsTests
{
    private const string Repository = "test.example.org";
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
    private static readonly ObjectKey s_key = new(ContentHash.Compute(HashAlgorithmId.Sha1, s_content));

    private readonly RepetitionCounts _counts = new();

    public static TheoryData<string, TransferFault> Faults => new()
    {
        { "reset", TransferFault.Connection },
        { "break", TransferFault.Connection },
        { "503", TransferFault.ServerError },
        { "429", TransferFault.TooManyRequests },
        { "flip", TransferFault.Corrupt },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Each_repetition_is_counted_once_under_its_cause(string fault, TransferFault expected)
    {
        await using var stratum = await StratumAsync();
        stratum.Fail("", fault switch
        {
            "reset" => Fault.Reset(),
            "break" => Fault.BreakAfter(10),
            "flip" => Fault.FlipBit(),
            _ => Fault.Status(int.Parse(fault, System.Globalization.CultureInfo.InvariantCulture)),
        }, times: 2);

        await FetchAsync(stratum.UrlOf(Repository).ToString());

        // Wrong bytes are asked for once more only, where there is no other server.
        Assert.Equal(new Dictionary<TransferFault, long> { [expected] = fault == "flip" ? 1 : 2 }, _counts.ToDictionary());
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_counted_when_another_is_asked()
    {
        await using var stratum = await StratumAsync();
        await FetchAsync($"http://127.0.0.1:1/cvmfs/{Repository},{stratum.UrlOf(Repository)}");
        Assert.Equal(1, _counts[TransferFault.Connection]);
    }

    [Fact]
    public async Task Nothing_is_counted_where_nothing_fails()
    {
        await using var stratum = await StratumAsync();
        await FetchAsync(stratum.UrlOf(Repository).ToString());
        Assert.Empty(_counts.ToDictionary());
    }

    private static async Task<FakeStratum> StratumAsync()
    {
        var stratum = await FakeStratum.StartAsync();
        var store = new MemoryObjectStore();
        await store.PutAsync(s_key, s_content);
        stratum.MountRepository(Repository, store, new Dictionary<string, byte[]>());
        return stratum;
    }

    private async Task FetchAsync(string url)
    {
        var retry = new RetryOptions { Jitter = () => 0, Counts = _counts };
        var options = new RepositorySourceOptions { Retry = retry };
        options.Failover.Counts = _counts;
        await using var source = RepositorySource.Open(url, options);
        var fetcher = new VerifiedFetcher(source, new VerifiedFetcherOptions { Retry = retry });
        try
        {
            Assert.Equal(s_content, await fetcher.ReadSmallAsync(s_key));
        }
        catch (ObjectIntegrityException)
        {
            // two flipped answers in a row, and no other server: repeated once
        }
    }
}
