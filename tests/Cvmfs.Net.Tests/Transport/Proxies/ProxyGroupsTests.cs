using System.Net;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Tests.Transport.Proxies;

public sealed class ProxyGroupsTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    [Conforms("proxy", 23)]
    public void A_random_member_is_chosen_and_kept_until_it_fails()
    {
        var chosen = new HashSet<string>();
        for (double random = 0; random < 1; random += 0.1)
        {
            double drawn = random;
            var groups = Of("10.0.0.1|10.0.0.2|10.0.0.3;10.0.1.1", options => options.Choice = () => drawn);
            string first = groups.Select().Url!;
            for (int i = 0; i < 10; i++) Assert.Equal(first, groups.Select().Url);
            chosen.Add(first);
            Assert.True(groups.Failed(groups.Select()));
            Assert.NotEqual(first, groups.Select().Url);
        }

        Assert.Equal(3, chosen.Count);
    }

    [Fact]
    [Conforms("proxy", 27)]
    public void When_all_members_failed_the_next_group_is_used_and_behind_the_last_the_first()
    {
        var groups = Of("10.0.0.1|10.0.0.2;10.0.1.1;DIRECT");
        groups.Failed(groups.Select());
        Assert.Equal((0, 1), (groups.CurrentGroup, groups.Burned));
        groups.Failed(groups.Select());
        Assert.Equal("http://10.0.1.1", groups.Select().Url);
        groups.Failed(groups.Select());
        Assert.True(groups.Select().IsDirect);
        groups.Failed(groups.Select());
        Assert.Equal((0, 0, 2), (groups.CurrentGroup, groups.Burned, groups.Alive.Count));
    }

    [Fact]
    [Conforms("proxy", 30)]
    public void Of_many_requests_that_failed_with_one_member_the_first_switches()
    {
        var groups = Of("10.0.0.1|10.0.0.2|10.0.0.3");
        var used = groups.Select();
        Assert.True(groups.Failed(used));
        var next = groups.Select();
        for (int i = 0; i < 5; i++) Assert.False(groups.Failed(used));
        Assert.Equal((next, 1), (groups.Select(), groups.Burned));
    }

    [Fact]
    [Conforms("proxy", 28)]
    public void A_group_that_was_left_and_a_member_are_tried_again_after_more_than_the_time()
    {
        var groups = Of("10.0.0.1;10.0.1.1|10.0.1.2", options => options.ResetAfter = TimeSpan.FromSeconds(300));
        groups.Failed(groups.Select());
        _clock.Advance(TimeSpan.FromSeconds(200));
        groups.Failed(groups.Select());
        _clock.Advance(TimeSpan.FromSeconds(100));
        groups.Select();
        Assert.Equal((1, 1), (groups.CurrentGroup, groups.Burned)); // at the time itself, not yet
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("http://10.0.0.1", groups.Select().Url);

        var single = Of("10.0.0.1|10.0.0.2", options => options.ResetAfter = TimeSpan.FromSeconds(300));
        single.Failed(single.Select());
        _clock.Advance(TimeSpan.FromSeconds(301));
        single.Select();
        Assert.Equal(0, single.Burned);
    }

    [Fact]
    [Conforms("proxy", 28)]
    public void Without_a_time_nothing_is_tried_again_by_itself()
    {
        var groups = Of("10.0.0.1;10.0.1.1", options => options.ResetAfter = TimeSpan.Zero);
        groups.Failed(groups.Select());
        _clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal("http://10.0.1.1", groups.Select().Url);
        groups.BeginAnew();
        Assert.Equal("http://10.0.0.1", groups.Select().Url);
    }

    [Fact]
    [Conforms("proxy", 21)]
    public void A_name_becomes_a_member_for_each_address_of_one_family()
    {
        var groups = Of("site:3128|10.0.0.9:3128", options => options.Choice = () => 0);
        Assert.True(groups.Select().IsUnresolved);
        Assert.Equal(["site"], groups.HostNames);
        Assert.Equal(2, groups.Total);
        Assert.True(groups.SetAddresses("site", [.. Addresses("fd00::1", "10.0.0.1", "10.0.0.2")]));
        Assert.Equal(3, groups.Total);
        Assert.Equal(["http://10.0.0.1:3128", "http://10.0.0.2:3128", "http://10.0.0.9:3128"], groups.Alive.Select(member => member.Url).Order());

        var six = Of("site:3128", options => options.PreferIPv6 = true);
        six.SetAddresses("site", [.. Addresses("fd00::1", "10.0.0.1")]);
        Assert.Equal(["http://[fd00::1]:3128"], six.Alive.Select(member => member.Url));
        six.SetAddresses("site", [.. Addresses("10.0.0.1")]);
        Assert.Equal(["http://10.0.0.1:3128"], six.Alive.Select(member => member.Url));
    }

    [Fact]
    [Conforms("proxy", 22)]
    public void No_more_addresses_are_used_than_allowed_and_which_is_chance()
    {
        var seen = new HashSet<string>();
        for (double random = 0; random < 1; random += 0.05)
        {
            double drawn = random;
            var groups = Of("site:3128", options => (options.MaxAddressesPerProxy, options.Choice) = (2, () => drawn));
            groups.SetAddresses("site", [.. Addresses("10.0.0.1", "10.0.0.2", "10.0.0.3")]);
            Assert.Equal(2, groups.Total);
            seen.Add(string.Join(' ', groups.Alive.Select(member => member.Url).Order()));
        }

        Assert.True(seen.Count > 1, string.Join(", ", seen));
    }

    [Fact]
    [Conforms("proxy", 45)]
    public void Other_addresses_replace_members_and_the_same_in_another_order_do_not()
    {
        var groups = Of("site:3128|10.0.0.9:3128");
        groups.SetAddresses("site", [.. Addresses("10.0.0.1", "10.0.0.2")]);
        groups.Failed(groups.Select());
        Assert.False(groups.SetAddresses("site", [.. Addresses("10.0.0.2", "10.0.0.1")]));
        Assert.Equal(1, groups.Burned);
        Assert.False(groups.SetAddresses("site", [])); // nothing was found this time
        Assert.True(groups.SetAddresses("site", [.. Addresses("10.0.0.2", "10.0.0.3")]));
        Assert.Equal((0, 3), (groups.Burned, groups.Total));
        Assert.DoesNotContain("http://10.0.0.1:3128", groups.Alive.Select(member => member.Url));
    }

    [Fact]
    [Conforms("proxy", 25)]
    public void Shards_follow_the_hash_and_what_has_none_goes_to_key_zero()
    {
        var groups = Of("http://10.0.0.1:3128|http://10.0.0.2:3128", options => options.Shard = true);
        Assert.Equal("http://10.0.0.2:3128", groups.Select().Url);
        Assert.Equal("http://10.0.0.1:3128", groups.Select(ContentHash.Parse("2000000000000000000000000000000000000000")).Url);
        Assert.Equal("http://10.0.0.2:3128", groups.Select(ContentHash.Parse("6000000000000000000000000000000000000000")).Url);
        groups.Failed(groups.Select());
        Assert.Equal("http://10.0.0.1:3128", groups.Select().Url);
    }

    [Fact]
    public void Without_any_proxy_the_server_is_asked()
    {
        var groups = Of("");
        Assert.True(groups.Select().IsDirect);
        Assert.True(groups.Failed(groups.Select()));
        Assert.True(groups.Select().IsDirect);
    }

    /// <summary>Whatever happens in whatever order: the books stay balanced, and a request that goes on until it has tried as many as there are
    /// meets a living proxy if there is one.</summary>
    [Fact]
    public void The_state_stays_sound_under_any_sequence_of_events() => Properties.Hold((byte[] events, byte shape, bool shard) =>
    {
        string text = (shape % 4) switch
        {
            0 => "10.0.0.1|10.0.0.2|10.0.0.3;10.0.1.1|site;DIRECT",
            1 => "site|10.0.0.1",
            2 => "10.0.0.1",
            _ => "10.0.0.1|10.0.0.2;site;10.0.2.1|10.0.2.2|10.0.2.3",
        };
        var groups = Of(text, options => (options.Shard, options.Choice) = (shard, new Random(shape).NextDouble));
        var stale = groups.Select();
        foreach (byte what in events)
        {
            var hash = new ContentHash(HashAlgorithmId.Sha1, Enumerable.Repeat(what, 20).ToArray());
            var (group, burned, alive) = (groups.CurrentGroup, groups.Burned, groups.Alive);
            switch (what % 6)
            {
                case 0 or 1:
                    stale = groups.Select(hash);
                    if (!groups.Alive.Contains(stale)) return false; // what is set aside is not asked
                    break;
                case 2:
                    var used = groups.Select(hash);
                    (group, burned) = (groups.CurrentGroup, groups.Burned);
                    if (!groups.Failed(used)) return false;
                    bool moved = groups.CurrentGroup != group || groups.Burned == 0 || groups.Burned > burned;
                    if (!moved) return false;
                    break;
                case 3:
                    bool counts = alive.Contains(stale);
                    if (groups.Failed(stale) != counts) return false;
                    if (!counts && (groups.CurrentGroup, groups.Burned) != (group, burned)) return false;
                    break;
                case 4:
                    _clock.Advance(TimeSpan.FromSeconds(what * 3));
                    break;
                default:
                    groups.SetAddresses("site", [.. Enumerable.Range(1, what % 5).Select(i => IPAddress.Parse($"10.9.{what % 3}.{i}"))]);
                    break;
            }

            if (groups.Burned < 0 || groups.Alive.Count == 0 || groups.CurrentGroup < 0) return false;
        }

        // From here on one member is alive: whoever keeps trying finds it within as many attempts as there are members.
        var living = groups.Alive[^1];
        for (int attempt = 0; attempt < 2 * groups.Total; attempt++)
        {
            var member = groups.Select();
            if (member.Equals(living)) return true;
            groups.Failed(member);
        }

        return false;
    }, cases: 1000, size: 60);

    private static IEnumerable<IPAddress> Addresses(params string[] texts) => texts.Select(IPAddress.Parse);

    private ProxyGroups Of(string text, Action<ProxyGroupsOptions>? configure = null)
    {
        var options = new ProxyGroupsOptions { TimeProvider = _clock, Choice = new Random(20_260_101).NextDouble };
        configure?.Invoke(options);
        return new ProxyGroups(ClientProxyList.Parse(text), options);
    }
}
