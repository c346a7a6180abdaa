using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.TestKit;

public sealed class PropertiesTests
{
    [Fact]
    public void A_false_property_fails()
        => Assert.ThrowsAny<Exception>(() => Properties.Hold((int x) => x < 50, cases: 1000));

    [Fact]
    public void A_failed_assertion_fails()
        => Assert.ThrowsAny<Exception>(() => Properties.Hold((byte[] data) => Assert.True(data.Length < 10), cases: 1000));

    [Fact]
    public void Every_case_runs_and_the_seed_makes_them_the_same_each_time()
    {
        var first = new List<int>();
        var second = new List<int>();
        Properties.Hold((int x) => first.Add(x), cases: 100);
        Properties.Hold((int x) => second.Add(x), cases: 100);
        Assert.Equal(100, first.Count);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Arrays_grow_to_the_size_asked_for()
    {
        int longest = 0;
        Properties.Hold((byte[] data) => { longest = Math.Max(longest, data.Length); });
        Assert.InRange(longest, 100, Properties.DefaultSize);
    }
}
