using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.Memory;

namespace Cvmfs.Net.Server.Tests.Memory;

public sealed class HotObjectsTests
{
    [Fact]
    public void What_is_asked_for_once_is_not_kept_and_the_second_time_it_is()
    {
        var hot = new HotObjects(1 << 20, 1 << 16);
        var (key, content) = Make(1);
        Assert.True(hot.Offer(key, content));
        Assert.Null(hot.Find(key));
        Assert.True(hot.Offer(key, content));
        Assert.Same(content, hot.Find(key));
        Assert.Null(hot.Find(key with { Replica = 2 }));
        Assert.Null(hot.Find(key with { Key = key.Key with { Suffix = ObjectSuffix.Partial } }));
    }

    [Fact]
    public void Bytes_that_are_not_what_their_name_says_are_refused()
    {
        var hot = new HotObjects(1 << 20, 1 << 16);
        var (key, content) = Make(1);
        content[^1] ^= 1;
        hot.Offer(key, content);
        Assert.False(hot.Offer(key, content));
        Assert.Null(hot.Find(key));
    }

    [Fact]
    public void Never_holds_more_than_its_bound_and_keeps_what_is_asked_for_again()
    {
        const int Bound = 64 << 10;
        var hot = new HotObjects(Bound, 4 << 10);
        var (favourite, content) = Make(0);
        Keep(hot, favourite, content);
        for (int i = 1; i <= 1000; i++)
        {
            var (key, other) = Make(i);
            Keep(hot, key, other);
            Assert.NotNull(hot.Find(favourite));
            Assert.InRange(hot.Bytes, 1, Bound);
        }

        Assert.InRange(hot.Count, 10, 60);
    }

    [Fact]
    public void A_walk_over_everything_leaves_what_was_there()
    {
        var hot = new HotObjects(64 << 10, 4 << 10);
        for (int i = 0; i < 30; i++) Keep(hot, Make(i).Key, Make(i).Content);
        for (int i = 1000; i < 6000; i++) hot.Offer(Make(i).Key, Make(i).Content);
        for (int i = 0; i < 30; i++) Assert.NotNull(hot.Find(Make(i).Key));
    }

    [Fact]
    public void An_object_too_long_is_not_kept()
    {
        var hot = new HotObjects(1 << 20, 512);
        var (key, content) = Make(1);
        Keep(hot, key, content);
        Assert.Null(hot.Find(key));
    }

    private static void Keep(HotObjects hot, HotKey key, byte[] content)
    {
        hot.Offer(key, content);
        hot.Offer(key, content);
    }

    private static (HotKey Key, byte[] Content) Make(int number)
    {
        byte[] content = new byte[1000];
        Encoding.ASCII.GetBytes($"object {number}", content);
        return (new HotKey(1, new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content))), content);
    }
}
