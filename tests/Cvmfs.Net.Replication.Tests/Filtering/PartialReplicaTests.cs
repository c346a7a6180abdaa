using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Filtering;

/// <summary>Replicas that leave something out by intention, and what becomes of them when the intention changes.</summary>
public sealed class PartialReplicaTests : IAsyncLifetime
{
    private const string Marker = ".cvmfs_partial_replica";

    private BuiltRepository _upstream = null!;
    private TestOrigin _origin = null!;
    private ReplicaSetup _replica = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await new RepositoryBuilder().Files("/top", 3)
            .Nested("/a").Files("/a", 4).Nested("/a/deep").Files("/a/deep", 5).Nested("/b").Files("/b", 6).Nested("/b/deep").Files("/b/deep", 7)
            .Revision().File("/b/deep/new", "new").BuildAsync();
        _origin = await TestOrigin.StartAsync(_upstream.RollBackTo(1).Path, _upstream.Name.ToString());
        _replica = new ReplicaSetup(_origin.Url, _upstream.Name.ToString(), _upstream.TrustedKeys);
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _origin.DisposeAsync();
        _upstream.Dispose();
    }

    [Fact]
    [Conforms("stratum1", 37)]
    public async Task A_filtered_replica_has_the_root_and_what_matches_and_says_that_it_is_partial()
    {
        var report = await SnapshotAsync("/a");
        Assert.Equal((SnapshotOutcome.Updated, true, 1L), (report.Outcome, report.IsPartial, report.CatalogsFilteredOut));
        Assert.True(Has("/top/0000") && Has("/a/0000") && Has("/a/deep/0000"));
        Assert.False(Has("/b/0000") || Has("/b/deep/0000"));
        Assert.Equal("/a"u8.ToArray(), _replica.Read(Marker));

        var again = await SnapshotAsync("/a");
        Assert.Equal((SnapshotOutcome.Unchanged, true), (again.Outcome, again.IsPartial));
    }

    [Fact]
    [Conforms("stratum1", 37)]
    public async Task A_wider_filter_fills_the_gap_though_the_revision_is_the_same()
    {
        await SnapshotAsync("/a");
        var before = ReplicaInvariants.Objects(_replica.Folder).ToHashSet();
        _origin.Requests.Clear();
        var report = await SnapshotAsync("/a\n/b");
        Assert.Equal(SnapshotOutcome.Updated, report.Outcome);
        Assert.True(Has("/b/0000") && Has("/b/deep/0000"));
        Assert.Empty(_origin.Objects.Intersect(before));
        Assert.Equal("/a\n/b"u8.ToArray(), _replica.Read(Marker));
        ReplicaInvariants.Check(_replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 37)]
    public async Task A_partial_replica_does_not_become_a_whole_one_unasked()
    {
        await SnapshotAsync("/a");
        Assert.Equal(SnapshotOutcome.WideningRefused, (await SnapshotAsync(null)).Outcome);
        Assert.False(Has("/b/0000"));

        _replica.Replica.Options.AllowWidening = true;
        var report = await SnapshotAsync(null);
        Assert.Equal((SnapshotOutcome.Updated, false), (report.Outcome, report.IsPartial));
        Assert.False(_replica.Has(Marker));
        ReplicaInvariants.Check(_replica.Folder);

        _replica.Replica.Options.AllowWidening = false;
        Assert.Equal(SnapshotOutcome.Unchanged, (await SnapshotAsync(null)).Outcome); // and nobody remembers
    }

    [Fact]
    [Conforms("stratum1", 37)]
    public async Task A_walk_under_a_new_filter_that_did_not_end_is_done_again()
    {
        await SnapshotAsync("/a");
        var victim = _upstream.KeyOf("/b/deep/0003");
        byte[] content = await File.ReadAllBytesAsync(Path.Combine(_upstream.Path, Objects.ObjectPath.Of(victim)), TestContext.Current.CancellationToken);
        _upstream.Remove(victim);
        _replica.Replica.Options.AllowWidening = true;
        Assert.Equal(SnapshotOutcome.Incomplete, (await SnapshotAsync(null)).Outcome);
        Assert.True(_replica.Has(Marker)); // not whole yet
        await _upstream.Store.PutAsync(victim, content, TestContext.Current.CancellationToken);
        Assert.Equal(SnapshotOutcome.Updated, (await SnapshotAsync(null)).Outcome);
        ReplicaInvariants.Check(_replica.Folder);
        Assert.False(_replica.Has(Marker));
    }

    [Fact]
    [Conforms("stratum1", 37)]
    public async Task An_increment_under_the_same_filter_trusts_what_is_there_and_one_under_another_walks_all_revisions_here()
    {
        await SnapshotAsync("/a");
        _upstream.RollBackTo(2);
        _origin.Requests.Clear();
        await SnapshotAsync("/a");
        Assert.DoesNotContain(_origin.Objects, path => !char.IsAsciiLetterUpper(path[^1])); // /b changed, and is not ours

        await SnapshotAsync("/b");
        Assert.True(Has("/b/0000") && Has("/b/deep/new"));
    }

    [Fact]
    [Conforms("stratum1", 37)]
    public async Task Without_its_spool_folder_a_partial_replica_still_knows_what_it_is()
    {
        await SnapshotAsync("/a");
        File.Delete(Path.Combine(_replica.Folder, ReplicaLocation.PrivateFolder, "filter.state"));
        Assert.Equal(SnapshotOutcome.WideningRefused, (await SnapshotAsync(null)).Outcome);
        Assert.Equal(SnapshotOutcome.Updated, (await SnapshotAsync("/a")).Outcome); // walked, to be sure
    }

    [Fact]
    public async Task A_pass_through_replica_is_skipped_with_success()
    {
        _replica.Replica.Options.IsPassThrough = true;
        var report = await _replica.SnapshotAsync();
        Assert.Equal((SnapshotOutcome.Skipped, true), (report.Outcome, report.Succeeded));
        Assert.Empty(_origin.Requests);
        Assert.False(Directory.Exists(_replica.Folder));
    }

    private Task<SnapshotReport> SnapshotAsync(string? filter)
    {
        _replica.Replica.Options.Filter = filter is null ? null : PathFilter.Parse(System.Text.Encoding.UTF8.GetBytes(filter));
        return _replica.SnapshotAsync();
    }

    private bool Has(string file) => _replica.Has(Objects.ObjectPath.Of(_upstream.KeyOf(file)));
}
