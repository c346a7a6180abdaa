using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Publishing;

/// <summary>A reflog that is lost is made anew from what the store holds.</summary>
public sealed class ReflogReconstructionTests
{
    [Theory]
    [Conforms("stratum1", 43)]
    [Conforms("stratum1", 47)]
    [Conforms("stratum1", 48)]
    [InlineData(".cvmfsreflog")]
    [InlineData(".replica/reflog.chksum")]
    [InlineData(".cvmfsreflog .replica/reflog.chksum")]
    public async Task A_lost_log_is_rebuilt_with_every_root_that_is_there_and_the_times_at_which_they_came(string lost)
    {
        using var upstream = await Upstream();
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);
        upstream.RollBackTo(2);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        upstream.RollBackTo(3);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        var before = Entries(replica);
        // a root that nobody refers to any more: it came another way
        string orphan = ReplicaInvariants.PathOf(Encoding.ASCII.GetString(upstream.Manifests[1]).Split('\n').First(line => line[0] == 'C')[1..], "C");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(replica.Folder, orphan))!);
        if (!replica.Has(orphan)) File.Copy(Path.Combine(upstream.Path, orphan), Path.Combine(replica.Folder, orphan));
        foreach (string file in lost.Split(' ')) File.Delete(Path.Combine(replica.Folder, file));
        upstream.RollBackTo(4);

        var report = await replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        var after = Entries(replica);
        Assert.Superset(before.Keys.ToHashSet(), after.Keys.ToHashSet());
        Assert.Contains(ContentHash.Parse(orphan[5..7] + orphan[8..46]), after.Keys);
        Assert.Equal(ReplicaInvariants.Objects(replica.Folder).Count(path => path.EndsWith('C')) - 1, after.Count(entry => entry.Value.Kind == ReflogKind.RootCatalog)); // all but /a
        Assert.All(before.Keys, hash => Assert.InRange(after[hash].Timestamp - before[hash].Timestamp, -60, 60));
        Assert.Equal(Reflog.ComputeChecksum(HashAlgorithmId.Sha1, replica.Read(".cvmfsreflog")).ToString(), Encoding.ASCII.GetString(replica.Read(".replica/reflog.chksum")));
    }

    [Fact]
    [Conforms("stratum1", 58)]
    public async Task An_operator_who_wants_to_look_first_gets_an_outcome_of_its_own()
    {
        using var upstream = await Upstream();
        upstream.RollBackTo(1);
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys, options => options.RebuildReflog = false);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        File.Delete(Path.Combine(replica.Folder, ".cvmfsreflog"));
        upstream.RollBackTo(2);
        Assert.Equal(SnapshotOutcome.ReflogMismatch, (await replica.SnapshotAsync()).Outcome);
        Assert.Equal(upstream.Manifests[1], replica.Read(".cvmfspublished"));
    }

    private static Task<BuiltRepository> Upstream() => new RepositoryBuilder().Nested("/a").Files("/a", 3)
        .Revision().File("/1", "one").Revision().File("/2", "two").Revision().File("/3", "three").BuildAsync();

    private static Dictionary<ContentHash, ReflogEntry> Entries(ReplicaSetup replica)
    {
        using var log = Reflog.Open(replica.Read(".cvmfsreflog"), "test.example.org");
        return log.List().ToDictionary(entry => entry.Hash);
    }
}
