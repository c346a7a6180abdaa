using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>Whitelists of both kinds on their way through a replica.</summary>
public sealed class WhitelistTests
{
    [Fact]
    [Conforms("stratum1", 19)]
    public async Task A_whitelist_ends_with_the_beginning_of_its_last_hour()
    {
        using var upstream = await new RepositoryBuilder().File("/f", "content").BuildAsync();
        var day = new DateTimeOffset(2026, 1, 20, 0, 0, 0, TimeSpan.Zero);
        upstream.ResignWhitelist(expires: day.AddHours(7).AddMinutes(59).AddSeconds(59));
        var clock = new FakeClock(day.AddHours(7));
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys, services: new ReplicaServices { TimeProvider = clock });
        Assert.Equal(SnapshotOutcome.Untrusted, (await replica.SnapshotAsync()).Outcome);
        Assert.False(replica.Has(".cvmfspublished"));

        clock.SetUtcNow(day.AddHours(7).AddTicks(-1));
        Assert.Equal(SnapshotOutcome.Updated, (await replica.SnapshotAsync()).Outcome);
    }

    [Fact]
    [Conforms("stratum1", 5)]
    [Conforms("stratum1", 20)]
    public async Task A_PKCS7_whitelist_is_asked_for_by_its_name_and_served_as_it_came()
    {
        using var authority = new TestAuthority();
        using var key = RSA.Create(2048);
        using var upstream = await new RepositoryBuilder { Clock = new FakeClock(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero)) }.File("/f", "content").BuildAsync();
        using var signer = authority.Issue(key, $"cvmfs:{upstream.Name}");
        string head = $"20251201000000\nE20260111120000\nN{upstream.Name}\nVpkcs7\n";
        string hash = ContentHash.Compute(HashAlgorithmId.Sha1, Encoding.ASCII.GetBytes(head)).ToString();
        File.WriteAllText(upstream.RootFile(".cvmfswhitelist"), $"{head}--\n{hash}\nno signature of anybody");
        byte[] envelope = TestAuthority.Envelope(Encoding.ASCII.GetBytes($"{head}{upstream.Keys.Publisher.Fingerprint()}\n"), detached: false, signer);
        File.WriteAllBytes(upstream.RootFile(".cvmfswhitelist.pkcs7"), envelope);
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());

        await using var trusting = new ReplicaSetup(
            server.Url, upstream.Name.ToString(), upstream.TrustedKeys, services: new ReplicaServices { TimeProvider = upstream.Clock, Authorities = authority.Trusted });
        var report = await trusting.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        Assert.Contains("GET .cvmfswhitelist.pkcs7", server.Requests);
        Assert.Equal(envelope, trusting.Read(".cvmfswhitelist.pkcs7"));
        Assert.Equal(File.ReadAllBytes(upstream.RootFile(".cvmfswhitelist")), trusting.Read(".cvmfswhitelist"));

        await using var suspicious = new ReplicaSetup(
            server.Url, upstream.Name.ToString(), upstream.TrustedKeys, services: new ReplicaServices { TimeProvider = upstream.Clock });
        Assert.Equal(SnapshotOutcome.Untrusted, (await suspicious.SnapshotAsync()).Outcome);
        Assert.False(suspicious.Has(".cvmfspublished"));
    }
}
