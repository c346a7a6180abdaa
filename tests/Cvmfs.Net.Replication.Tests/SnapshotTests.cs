using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>What a snapshot copies, what it leaves, and when it refuses.</summary>
public sealed class SnapshotTests
{
    [Fact]
    [Conforms("stratum1", 30)]
    [Conforms("protocol", 51)]
    public async Task An_increment_asks_only_for_what_changed()
    {
        using var upstream = await new RepositoryBuilder().Files("/big", 50).Nested("/a").Files("/a", 20).Nested("/b").Files("/b", 20)
            .Revision().File("/b/new", "new").BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var replica = Setup(upstream, server.Url);
        Assert.Equal(SnapshotOutcome.Updated, (await replica.SnapshotAsync()).Outcome);
        var before = ReplicaInvariants.Objects(replica.Folder).ToHashSet();
        upstream.RollBackTo(2);
        server.Requests.Clear();

        var report = await replica.SnapshotAsync();

        Assert.Equal((SnapshotOutcome.Updated, 1UL, 2UL), (report.Outcome, report.PreviousRevision, report.Revision));
        Assert.Empty(server.Objects.Intersect(before));
        Assert.Equal(2, server.Objects.Count(path => path.EndsWith('C'))); // the root and /b; /a is as it was
        Assert.Single(server.Objects, path => !char.IsAsciiLetterUpper(path[^1]));
        ReplicaInvariants.Check(replica.Folder);
        Assert.Equal(upstream.Manifests[2], replica.Read(".cvmfspublished"));
    }

    [Fact]
    [Conforms("stratum1", 30)]
    public async Task A_first_snapshot_copies_head_and_tags_and_an_increment_the_revisions_in_between_too()
    {
        using var upstream = await Revisions("/f", [null, "named", null, null, null], autoTags: false);
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(3).Path, upstream.Name.ToString());
        await using var replica = Setup(upstream, server.Url);
        await replica.SnapshotAsync();
        Assert.Equal([false, false, true, true], Present(replica, upstream, 0, 1, 2, 3)); // 2 is tagged, 3 is HEAD

        upstream.RollBackTo(5);
        var report = await replica.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal([true, true], Present(replica, upstream, 4, 5));
        Assert.Equal([false, false], Present(replica, upstream, 0, 1)); // the walk stops at what was there
    }

    [Fact]
    [Conforms("stratum1", 30)]
    public async Task A_tag_on_the_way_does_not_end_the_walk_back()
    {
        using var upstream = await Revisions("/f", [null, null, "first", null, "second", null], autoTags: false);
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var replica = Setup(upstream, server.Url);
        await replica.SnapshotAsync();
        upstream.RollBackTo(6);
        var report = await replica.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal([true, true, true, true, true, true], Present(replica, upstream, 1, 2, 3, 4, 5, 6));
        ReplicaInvariants.Check(replica.Folder);
    }

    [Theory]
    [Conforms("stratum1", 32)]
    [Conforms("protocol", 53)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_missing_revision_is_left_out_where_the_upstream_collects_and_a_failure_where_it_does_not(bool collects)
    {
        var builder = new RepositoryBuilder().Options(options => options with { AutoTags = false, IsGarbageCollectable = collects });
        for (int i = 1; i <= 4; i++) builder.File("/f", $"content {i}").Revision();
        using var upstream = await builder.BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var replica = Setup(upstream, server.Url);
        await replica.SnapshotAsync();
        upstream.RollBackTo(4);
        upstream.Remove(Root(upstream, 2));

        var report = await replica.SnapshotAsync();

        Assert.Equal(collects ? (SnapshotOutcome.Updated, 1L) : (SnapshotOutcome.Incomplete, 0L), (report.Outcome, report.RevisionsCollected));
        Assert.Equal([false, collects], Present(replica, upstream, 2, 4));
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 31)]
    public async Task Revisions_older_than_the_limit_are_left_out_where_the_upstream_collects_but_tags_never()
    {
        var builder = new RepositoryBuilder().GarbageCollectable().Options(options => options with { AutoTags = false });
        foreach (string? tag in (string?[])[null, "kept", null, null, null]) builder.File("/f", $"{Guid.NewGuid()}").Revision(tag);
        using var upstream = await builder.BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        // a minute per revision: the limit falls between revision 3 and 4
        var clock = new FakeClock(upstream.Clock.GetUtcNow());
        await using var replica = Setup(upstream, server.Url, options => options.HistoryLimit = TimeSpan.FromSeconds(90), new ReplicaServices { TimeProvider = clock });
        await replica.SnapshotAsync();
        upstream.RollBackTo(5);

        var report = await replica.SnapshotAsync();

        Assert.Equal((SnapshotOutcome.Updated, 1L), (report.Outcome, report.RevisionsPruned));
        Assert.Equal([true, false, true, true], Present(replica, upstream, 2, 3, 4, 5));
    }

    [Theory]
    [Conforms("stratum1", 6)]
    [Conforms("stratum1", 7)]
    [Conforms("stratum1", 18)]
    [Conforms("stratum1", 21)]
    [InlineData(RepositoryFault.ExpiredWhitelist, SnapshotOutcome.Untrusted)]
    [InlineData(RepositoryFault.WhitelistOfStranger, SnapshotOutcome.Untrusted)]
    [InlineData(RepositoryFault.CertificateNotListed, SnapshotOutcome.Untrusted)]
    [InlineData(RepositoryFault.WhitelistForOtherName, SnapshotOutcome.Untrusted)]
    [InlineData(RepositoryFault.ManifestForOtherName, SnapshotOutcome.Untrusted)]
    [InlineData(RepositoryFault.ManifestOfStranger, SnapshotOutcome.Untrusted)]
    [InlineData(RepositoryFault.ManifestChangedAfterSigning, SnapshotOutcome.Untrusted)]
    [InlineData(RepositoryFault.MissingRootCatalog, SnapshotOutcome.Incomplete)]
    [InlineData(RepositoryFault.DamagedRootCatalog, SnapshotOutcome.Incomplete)]
    [InlineData(RepositoryFault.MissingHistory, SnapshotOutcome.Incomplete)]
    [InlineData(RepositoryFault.DamagedHistory, SnapshotOutcome.Incomplete)]
    [InlineData(RepositoryFault.MissingCertificate, SnapshotOutcome.UpstreamUnreachable)]
    public async Task Of_a_broken_upstream_nothing_becomes_visible(RepositoryFault fault, SnapshotOutcome expected)
    {
        using var upstream = await new RepositoryBuilder().GarbageCollectable().Files("/a", 5).BuildAsync();
        upstream.Break(fault);
        await using var replica = Setup(upstream, upstream.Path);

        var report = await replica.SnapshotAsync();

        Assert.Equal(expected, report.Outcome);
        foreach (string file in (string[])[".cvmfspublished", ".cvmfswhitelist", ".cvmfsreflog", ".cvmfs_last_snapshot", ".cvmfs_is_snapshotting"])
        {
            Assert.False(replica.Has(file), file);
        }

        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 55)]
    [Conforms("stratum1", 58)]
    public async Task One_missing_object_keeps_the_manifest_back_and_nothing_else()
    {
        using var upstream = await new RepositoryBuilder().Nested("/a").Files("/a", 30).Nested("/b").Files("/b", 30).BuildAsync();
        var victim = upstream.KeyOf("/a/0007");
        byte[] content = File.ReadAllBytes(Path.Combine(upstream.Path, ObjectPath.Of(victim)));
        upstream.Remove(victim);
        await using var replica = Setup(upstream, upstream.Path);

        var report = await replica.SnapshotAsync();

        Assert.Equal((SnapshotOutcome.Incomplete, 1L), (report.Outcome, report.FailureCount));
        Assert.Equal((victim, TransferFailureReason.Missing), (report.Failures[0].Object, report.Failures[0].Reason));
        Assert.False(replica.Has(".cvmfspublished"));
        // /b, and the empty first revision that the tag trunk-previous names; /a and the root lack something
        Assert.Equal(2, ReplicaInvariants.Objects(replica.Folder).Count(path => path.EndsWith('C')));
        Assert.False(replica.Has(ObjectPath.Of(upstream.Manifest.RootCatalogKey)));
        ReplicaInvariants.Check(replica.Folder);

        await upstream.Store.PutAsync(victim, content, TestContext.Current.CancellationToken);
        var second = await replica.SnapshotAsync();
        Assert.Equal((SnapshotOutcome.Updated, 1L), (second.Outcome, second.ObjectsFetched)); // just the victim
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 101)]
    public async Task When_objects_vanish_because_the_upstream_moved_on_the_run_follows()
    {
        using var upstream = await new RepositoryBuilder().Options(options => options with { AutoTags = false }).File("/gone", "old").Files("/kept", 10)
            .Revision().Remove("/gone").Revision().File("/new", "new").BuildAsync();
        var gone = new ObjectKey(ContentHash.Parse(ReplicaInvariants.Query(
            Path.Combine(upstream.Path, ObjectPath.Of(Root(upstream, 1))), "SELECT hash FROM catalog WHERE name = 'gone'", row => Convert.ToHexStringLower((byte[])row.GetValue(0)))[0]));
        upstream.RollBackTo(1);
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        server.Interfere = (context, path) =>
        {
            if (path != ObjectPath.Of(gone)) return Task.FromResult(false);
            upstream.RollBackTo(3); // what the upstream's collection does: a new revision, and the old one's objects are gone
            context.Response.StatusCode = 404;
            return Task.FromResult(true);
        };
        await using var replica = Setup(upstream, server.Url);

        var report = await replica.SnapshotAsync();

        Assert.Equal((SnapshotOutcome.Updated, 3UL, 0L), (report.Outcome, report.Revision, report.FailureCount));
        Assert.Equal(upstream.Manifests[3], replica.Read(".cvmfspublished"));
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 22)]
    [Conforms("protocol", 44)]
    public async Task An_older_revision_is_refused_unless_the_operator_insists()
    {
        using var upstream = await Revisions("/f", [null, null]);
        await using var replica = Setup(upstream, upstream.Path);
        await replica.SnapshotAsync();
        upstream.RollBackTo(1);

        var refused = await replica.SnapshotAsync();
        Assert.Equal((SnapshotOutcome.RollbackRefused, 2UL), (refused.Outcome, refused.Revision));
        Assert.Equal(upstream.Manifests[2], replica.Read(".cvmfspublished"));

        var forced = await replica.Replica.SnapshotAsync(allowRollback: true, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((SnapshotOutcome.Updated, 1UL), (forced.Outcome, forced.Revision));
        Assert.Equal(upstream.Manifests[1], replica.Read(".cvmfspublished"));
    }

    [Fact]
    [Conforms("stratum1", 25)]
    [Conforms("protocol", 48)]
    public async Task An_upstream_that_does_not_allow_replication_is_respected()
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        File.Delete(upstream.RootFile(".cvmfs_master_replica"));
        await using var replica = Setup(upstream, upstream.Path);
        Assert.Equal(SnapshotOutcome.NotReplicable, (await replica.SnapshotAsync()).Outcome);
    }

    [Fact]
    [Conforms("stratum1", 38)]
    public async Task A_renewed_whitelist_is_copied_though_the_revision_is_the_same()
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        await using var replica = Setup(upstream, upstream.Path);
        await replica.SnapshotAsync();
        byte[] old = replica.Read(".cvmfswhitelist");
        upstream.ResignWhitelist(expires: DateTimeOffset.UnixEpoch.AddYears(90));

        var report = await replica.SnapshotAsync();

        Assert.Equal((SnapshotOutcome.Unchanged, true), (report.Outcome, report.WhitelistRenewed));
        Assert.NotEqual(old, replica.Read(".cvmfswhitelist"));
        Assert.Equal(File.ReadAllBytes(upstream.RootFile(".cvmfswhitelist")), replica.Read(".cvmfswhitelist"));
    }

    [Fact]
    [Conforms("stratum1", 13)]
    [Conforms("protocol", 47)]
    public async Task Alternative_names_are_made_where_the_manifest_asks_for_them()
    {
        using var upstream = await new RepositoryBuilder().Options(options => options with { HasAlternativePaths = true }).Files("/a", 3).BuildAsync();
        await using var replica = Setup(upstream, upstream.Path);
        var report = await replica.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        foreach (char field in "CXHM")
        {
            string key = ReplicaInvariants.Field(upstream.Path, field)! + field;
            Assert.Equal(replica.Read(ReplicaInvariants.PathOf(key, "")), replica.Read(".cvmfsalt-" + key));
            Assert.Equal(ReplicaInvariants.PathOf(key, ""), new FileInfo(Path.Combine(replica.Folder, ".cvmfsalt-" + key)).LinkTarget);
        }
    }

    [Fact]
    [Conforms("protocol", 136)]
    public async Task A_catalog_with_an_access_policy_is_copied_and_the_policy_not_applied()
    {
        const string Policy = "helper%/group/member";
        using var upstream = await new RepositoryBuilder().Options(options => options with { VomsAuthz = Policy }).Files("/a", 3).BuildAsync();
        await using var replica = Setup(upstream, upstream.Path);
        var report = await replica.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);

        string root = ReplicaInvariants.PathOf(ReplicaInvariants.Field(upstream.Path, 'C') + "C", "");
        byte[] stored = replica.Read(root);
        Assert.Equal(File.ReadAllBytes(Path.Combine(upstream.Path, root)), stored);
        using var catalog = Catalog.Open(ObjectCompression.Decompress(stored, CompressionId.Zlib, 1 << 20));
        Assert.Equal(Policy, catalog.VomsAuthz);
    }

    [Fact]
    public async Task A_second_run_at_the_same_time_finds_the_replica_locked()
    {
        using var upstream = await new RepositoryBuilder().Files("/a", 3).BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        await using var replica = Setup(upstream, server.Url);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Interfere = async (_, _) =>
        {
            reached.TrySetResult();
            await release.Task;
            return false;
        };
        var first = replica.SnapshotAsync();
        await reached.Task;
        Assert.Equal(SnapshotOutcome.Locked, (await replica.SnapshotAsync()).Outcome);
        release.SetResult();
        Assert.Equal(SnapshotOutcome.Updated, (await first).Outcome);
    }

    [Fact]
    [Conforms("stratum1", 62)]
    public async Task Nobody_waits_for_a_first_snapshot_but_for_an_update_everybody_does()
    {
        using var upstream = await Revisions("/f", [null, null]);
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var replica = Setup(upstream, server.Url, options => options.LockPatience = TimeSpan.FromHours(1));
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Interfere = async (_, _) =>
        {
            reached.TrySetResult();
            await release.Task;
            return false;
        };
        var first = replica.SnapshotAsync();
        await reached.Task;
        var refused = await replica.SnapshotAsync();
        Assert.Equal(SnapshotOutcome.Locked, refused.Outcome);
        Assert.Contains("a first snapshot", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{Environment.ProcessId} ", refused.Message, StringComparison.Ordinal);
        release.SetResult();
        await first;

        upstream.RollBackTo(2);
        (reached, release) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var update = replica.SnapshotAsync();
        await reached.Task;
        var waiting = replica.SnapshotAsync();
        Assert.False(waiting.IsCompleted);
        release.SetResult();
        Assert.Equal(SnapshotOutcome.Updated, (await update).Outcome);
        var waited = await waiting;
        Assert.Equal(SnapshotOutcome.Unchanged, waited.Outcome);
        Assert.True(waited.LockWaitDuration > TimeSpan.Zero);
    }

    [Fact]
    [Conforms("stratum1", 66)]
    public async Task The_classic_log_has_its_frames_and_names_failures()
    {
        using var upstream = await new RepositoryBuilder().File("/f", "content").BuildAsync();
        using var logs = new TempFolder();
        await using var replica = Setup(upstream, upstream.Path, options => options.ClassicLogFile = logs.Combine("storage.log"));
        await replica.SnapshotAsync();
        File.Delete(upstream.RootFile(".cvmfspublished"));
        await replica.SnapshotAsync();

        string[] lines = await File.ReadAllLinesAsync(logs.Combine("storage.log"), TestContext.Current.CancellationToken);
        const string Date = "[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} UTC [0-9]{4}";
        Assert.Collection(
            lines,
            line => Assert.Matches($"^Starting storage at {Date}$", line),
            line => Assert.Contains("revision 1", line, StringComparison.Ordinal),
            line => Assert.Matches($"^Finished storage at {Date}$", line),
            line => Assert.Matches($"^Starting storage at {Date}$", line),
            line => Assert.Contains(".cvmfspublished", line, StringComparison.Ordinal),
            line => Assert.StartsWith("ERROR", line, StringComparison.Ordinal),
            line => Assert.Matches($"^Finished storage at {Date}$", line));
    }

    [Fact]
    [Conforms("stratum1", 14)]
    public async Task What_a_run_that_died_left_behind_is_swept_away()
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        await using var replica = Setup(upstream, upstream.Path);
        Directory.CreateDirectory(Path.Combine(replica.Folder, "data/txn"));
        File.WriteAllText(Path.Combine(replica.Folder, "data/txn/put.0123.4"), "half an object");
        File.WriteAllText(Path.Combine(replica.Folder, ".cvmfs_is_snapshotting"), "Sun Nov 22 09:29:34 UTC 2026\n");
        await replica.SnapshotAsync();
        ReplicaInvariants.Check(replica.Folder);
        Assert.False(replica.Has(".cvmfs_is_snapshotting"));
    }

    [Fact]
    [Conforms("stratum1", 40)]
    public async Task An_empty_file_in_an_objects_place_does_not_count_as_the_object()
    {
        using var upstream = await new RepositoryBuilder().File("/f", "content").BuildAsync();
        await using var replica = Setup(upstream, upstream.Path);
        string path = ObjectPath.Of(upstream.KeyOf("/f"));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(replica.Folder, path))!);
        File.WriteAllBytes(Path.Combine(replica.Folder, path), []);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 100)]
    public async Task After_a_long_run_the_whitelist_is_fetched_again_before_it_is_published()
    {
        using var upstream = await new RepositoryBuilder().Files("/a", 3).BuildAsync();
        var clock = new FakeClock(upstream.Clock.GetUtcNow());
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        bool renewed = false;
        server.Interfere = (_, path) =>
        {
            if (path.StartsWith("data/", StringComparison.Ordinal) && path.EndsWith('C') && !renewed)
            {
                renewed = true;
                clock.SetUtcNow(clock.GetUtcNow() + TimeSpan.FromMinutes(11));
                upstream.ResignWhitelist(expires: DateTimeOffset.UnixEpoch.AddYears(90));
            }

            return Task.FromResult(false);
        };
        await using var replica = Setup(upstream, server.Url, services: new ReplicaServices { TimeProvider = clock });
        await replica.SnapshotAsync();
        Assert.Equal(File.ReadAllBytes(upstream.RootFile(".cvmfswhitelist")), replica.Read(".cvmfswhitelist"));
        Assert.True(renewed);
    }

    private static ReplicaSetup Setup(BuiltRepository upstream, string url, Action<ReplicationOptions>? configure = null, ReplicaServices? services = null)
        => new(url, upstream.Name.ToString(), upstream.TrustedKeys, configure, services);

    private static Task<BuiltRepository> Revisions(string file, string?[] tags, bool autoTags = true)
    {
        var builder = new RepositoryBuilder().Options(options => options with { AutoTags = autoTags });
        for (int i = 0; i < tags.Length; i++) builder.File(file, $"revision {i}").Revision(tags[i]);
        return builder.BuildAsync();
    }

    private static ObjectKey Root(BuiltRepository upstream, int revision)
        => new(ContentHash.Parse(Encoding.Latin1.GetString(upstream.Manifests[revision]).Split('\n').First(line => line.StartsWith('C')).AsSpan(1)), ObjectSuffix.Catalog);

    private static IEnumerable<bool> Present(ReplicaSetup replica, BuiltRepository upstream, params int[] revisions)
        => revisions.Select(revision => replica.Has(ObjectPath.Of(Root(upstream, revision))));
}
