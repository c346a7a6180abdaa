using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Tests.Transport.Proxies;

public sealed class ShardRingTests
{
    private const string A = "http://10.0.0.1:3128";
    private const string B = "http://10.0.0.2:3128";

    [Fact]
    [Conforms("proxy", 24)]
    public void Seeds_and_draws_are_those_of_the_reference()
    {
        Assert.Equal((0x999eed4cu, 0xe16d51a6u), (ShardRing.SeedOf(A), ShardRing.SeedOf(B)));
        ulong a = ShardRing.SeedOf(A), b = ShardRing.SeedOf(B);
        Assert.Equal([0xf222861du, 0x9da40f38u, 0x240a8e08u], new[] { ShardRing.Draw(ref a), ShardRing.Draw(ref a), ShardRing.Draw(ref a) });
        Assert.Equal([0x0f052687u, 0x67ab1ba3u, 0x97a940b2u], new[] { ShardRing.Draw(ref b), ShardRing.Draw(ref b), ShardRing.Draw(ref b) });
    }

    [Theory]
    [Conforms("proxy", 24)]
    [InlineData(0x00000000, 1, 0x01192244)]
    [InlineData(0x10000000, 1, 0x106a5fff)]
    [InlineData(0x20000000, 0, 0x240a8e08)]
    [InlineData(0x40000000, 0, 0x401806a0)]
    [InlineData(0x60000000, 1, 0x67ab1ba3)]
    [InlineData(0x80000000, 0, 0x8f4fd648)]
    [InlineData(0xa0000000, 1, 0xbc917c99)]
    [InlineData(0xc0000000, 0, 0xc47e7fc3)]
    [InlineData(0xe0000000, 1, 0xe1087fb7)]
    [InlineData(0xffffffff, 1, 0xffffffff)]
    public void Keys_belong_to_the_members_that_clients_find(uint key, int member, uint point)
    {
        var ring = new ShardRing([A, B]);
        Assert.Equal((member, point), (ring.Find(key), ring.PointOf(key)));
    }

    [Fact]
    public void The_key_of_a_hash_is_its_first_four_bytes_and_zero_without_one()
    {
        Assert.Equal(0xda39a3eeu, ShardRing.KeyOf(ContentHash.Parse("da39a3ee5e6b4b0d3255bfef95601890afd80709")));
        Assert.Equal(0u, ShardRing.KeyOf(null));
    }

    [Fact]
    [Conforms("proxy", 26)]
    public void When_a_member_goes_only_its_keys_move() => Properties.Hold((uint key, byte count, byte gone) =>
    {
        string[] members = [.. Enumerable.Range(1, 2 + (count % 8)).Select(i => $"http://10.0.0.{i}:3128")];
        string left = members[gone % members.Length];
        string[] rest = [.. members.Where(member => member != left)];
        string before = members[new ShardRing(members).Find(key)];
        string after = rest[new ShardRing(rest).Find(key)];
        return before == left || before == after;
    }, cases: 1000);

    [Fact]
    public void The_order_of_members_begins_with_the_owner_and_goes_on_with_its_heir() => Properties.Hold((uint key) =>
    {
        string[] members = [A, B, "http://10.0.0.3:3128"];
        int[] order = [.. new ShardRing(members).InOrder(key)];
        string[] rest = [.. members.Where((_, i) => i != order[0])];
        return order.Length == 3 && order[0] == new ShardRing(members).Find(key) && rest[new ShardRing(rest).Find(key)] == members[order[1]];
    }, cases: 1000);
}
