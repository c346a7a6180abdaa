using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;

namespace Cvmfs.Net.Replication.Tests.Diagnostics;

public sealed class SlowestTransfersTests
{
    [Fact]
    public void Of_many_transfers_the_slowest_stay_slowest_first()
    {
        var slowest = new SlowestTransfers();
        var key = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, "x"u8));
        int[] milliseconds = [.. Enumerable.Range(1, 1000)];
        new Random(7).Shuffle(milliseconds);
        foreach (int time in milliseconds) slowest.Add(key, time, TimeSpan.FromMilliseconds(time));
        var list = slowest.ToList(one => "http://origin/" + one);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => 1000L - i), list.Select(slow => slow.Bytes));
        Assert.All(list, slow => Assert.Equal("http://origin/" + key, slow.Url));
    }
}
