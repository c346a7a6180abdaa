using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Collection;

/// <summary>How a collection ends, and what it writes down.</summary>
public sealed class CollectionTests
{
    public static TheoryData<string> Repositories => [.. TestData.Names];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 71)]
    public async Task The_deletion_log_has_the_references_form_and_a_dry_run_writes_the_same()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        using var logs = new TempFolder();
        string log = logs.Combine("gc.log");
        var before = replica.Objects();
        var dry = await CollectAsync(replica, Head with { DryRun = true, DeletionLogFile = log });
        Assert.Equal(before, replica.Objects());
        string[] pretended = File.ReadAllLines(log);
        var report = await CollectAsync(replica, Head with { DeletionLogFile = log });
        string[] all = File.ReadAllLines(log);
        Assert.Equal(CollectionOutcome.Collected, report.Outcome);
        Assert.Equal(pretended, all[pretended.Length..]);

        string time = origin.Clock.GetUtcNow().ToString("d MMM yyyy HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal($"# Garbage Collection started at {time}", pretended[0]);
        Assert.Equal([$"# Garbage Collection finished at {time}", ""], pretended[^2..]);
        string[] listed = pretended[1..^2];
        Assert.Equal(before.Except(replica.Objects()).Select(Printed).Order(), listed.Order());
        Assert.Equal(report.ObjectsCondemned, listed.Length);
        Assert.Equal(dry.BytesCondemned, report.BytesCondemned);

        // Root catalogs, then nested ones, then the rest: whatever ends the run, no catalog lacks anything.
        Assert.Equal(report.CatalogsCondemned, listed.TakeWhile(line => line.EndsWith('C')).Count());
        Assert.DoesNotContain(listed.Skip((int)report.CatalogsCondemned), line => line.EndsWith('C'));
    }

    [Fact]
    public async Task Success_is_noted_in_the_status_document_and_nothing_is_left_behind()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        await CollectAsync(replica, Head);
        Assert.Contains("\"last_gc\"", File.ReadAllText(Path.Combine(replica.Folder, ".cvmfs_status.json")), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(replica.Folder, "data/txn")));
        Assert.Empty(Directory.GetFiles(replica.Location.SpoolFolder, "condemned.*"));
        Assert.Equal(replica.Objects().Where(path => path.EndsWith('C')).Select(Printed).Order(), Directory.GetFiles(Path.Combine(replica.Location.SpoolFolder, "references")).Select(Path.GetFileName).Order());
        var again = await CollectAsync(replica, Head);
        Assert.Equal((0, 0), (again.ObjectsCondemned, again.ObjectsRemoved));
        Assert.Equal(again.CatalogsKept, again.CatalogsRemembered); // none was opened again
    }

    [Fact]
    [Conforms("protocol", 55)]
    [Conforms("stratum1", 69)]
    public async Task A_manifest_that_does_not_allow_it_is_obeyed()
    {
        using var origin = await new RepositoryBuilder().File("/a", "1").Revision().File("/a", "2").BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        await RefusesAsync(replica, Head, CollectionOutcome.NotCollectable);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [Conforms("stratum1", 69)]
    public async Task A_kept_catalog_that_is_missing_or_damaged_is_named_and_nothing_goes(bool isRoot, bool isDamaged)
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        string head = ReplicaInvariants.PathOf(ReplicaInvariants.Field(replica.Folder, 'C')!, "C");
        string broken = isRoot ? head : ReplicaInvariants.Direct(replica.Folder, head).First(path => path.EndsWith('C'));
        string file = Path.Combine(replica.Folder, broken);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        if (isDamaged) File.WriteAllBytes(file, bytes);
        else File.Delete(file);
        var report = await RefusesAsync(replica, Head, CollectionOutcome.CatalogUnreadable);
        Assert.Contains(Printed(broken), report.Message, StringComparison.Ordinal);
        await RefusesAsync(replica, Head with { DryRun = true }, CollectionOutcome.CatalogUnreadable);
    }

    [Fact]
    [Conforms("stratum1", 69)]
    public async Task Tags_that_cannot_be_read_are_no_reason_to_believe_that_there_are_none()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        File.Delete(Path.Combine(replica.Folder, ReplicaInvariants.PathOf(ReplicaInvariants.Field(replica.Folder, 'H')!, "H")));
        await RefusesAsync(replica, Head, CollectionOutcome.CatalogUnreadable);
    }

    [Fact]
    public async Task Alternative_names_go_with_what_they_name()
    {
        using var origin = await new RepositoryBuilder().GarbageCollectable().Options(options => options with { HasAlternativePaths = true })
            .File("/a", "1").Revision().File("/a", "2").Revision().File("/a", "3").Revision().File("/a", "4").BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        var report = await CollectAsync(replica, Head);
        Assert.True(report.RootsCondemned > 0);
        string[] links = Directory.GetFiles(replica.Folder, ".cvmfsalt-*");
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(File.Exists(Path.Combine(replica.Folder, new FileInfo(link).LinkTarget!)), link));
    }

    [Theory]
    [MemberData(nameof(Repositories))]
    [Conforms("stratum1", 67)]
    public async Task Of_a_repository_of_the_reference_tools_HEAD_and_tags_stay_and_no_file_beside_them(string name)
    {
        using var repository = TestData.Unpack(name);
        bool isCollectable = ReplicaInvariants.Field(repository.Path, 'G') == "yes";
        var before = Objects();
        var report = await new GarbageCollector(new ReplicaLocation(repository.Path)).CollectAsync(Head with { Unreferenced = true, GracePeriod = TimeSpan.Zero }, cancellationToken: Token);
        Assert.Equal(isCollectable ? CollectionOutcome.Collected : CollectionOutcome.NotCollectable, report.Outcome);
        var roots = ReplicaInvariants.Roots(repository.Path).Select(root => ReplicaInvariants.PathOf(root, "C"));
        var expected = isCollectable ? ReplicaInvariants.Reachable(repository.Path, roots) : before;
        Assert.Equal(expected.Where(IsFile).Order(), Objects().Where(IsFile).Order());
        Assert.Equal(report.ObjectsRemoved, before.Count - Objects().Count);
        Assert.DoesNotContain(ReplicaInvariants.Named(repository.Path), path => !Objects().Contains(path));

        HashSet<string> Objects() => [.. ReplicaInvariants.Objects(repository.Path)];
        static bool IsFile(string path) => path[^1] is not ('X' or 'H' or 'M'); // those have rules of their own
    }

    [Fact]
    public async Task A_manifest_is_checked_with_the_keys_that_are_given()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        using var other = await new RepositoryBuilder("other.example.org").File("/a", "1").BuildAsync();
        await RefusesAsync(replica, Head, CollectionOutcome.Untrusted, new CollectionServices { Keys = other.TrustedKeys, TimeProvider = origin.Clock });
        var report = await new GarbageCollector(replica.Location, new CollectionServices { Keys = origin.TrustedKeys, TimeProvider = origin.Clock }).CollectAsync(Head, cancellationToken: Token);
        Assert.Equal(CollectionOutcome.Collected, report.Outcome);
    }

    [Fact]
    public async Task Where_nothing_is_served_there_is_nothing_to_do()
    {
        using var folder = new TempFolder();
        var report = await new GarbageCollector(new ReplicaLocation(folder.Combine("none"))).CollectAsync(Head, cancellationToken: Token);
        Assert.Equal(CollectionOutcome.NothingServed, report.Outcome);
        Assert.True(report.Succeeded);
        Assert.Empty(folder.Files());
    }

    [Fact]
    public async Task A_data_folder_that_is_a_link_may_be_somebody_elses_as_well()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        using var elsewhere = new TempFolder();
        string data = Path.Combine(replica.Folder, "data");
        Directory.Move(data, elsewhere.Combine("data"));
        Directory.CreateSymbolicLink(data, elsewhere.Combine("data"));
        var report = await CollectAsync(replica, Head);
        Assert.Equal(CollectionOutcome.SharedStorage, report.Outcome);
        Assert.Equal(CollectionOutcome.Collected, (await CollectAsync(replica, Head with { AllowLinkedData = true })).Outcome);
    }

    [Theory]
    [InlineData(ReplicaLock.FileName)]
    [InlineData(ReplicaLock.CollectingFileName)]
    [InlineData("collection.lock")]
    [Conforms("stratum1", 61)]
    [Conforms("stratum1", 76)]
    public async Task While_somebody_else_holds_a_lock_nothing_goes(string name)
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        using (await ReplicaLock.TakeAsync(Path.Combine(replica.Location.SpoolFolder, name), TimeSpan.Zero, TimeProvider.System, Token))
        {
            await RefusesAsync(replica, Head, CollectionOutcome.Locked);
        }

        Assert.Equal(CollectionOutcome.Collected, (await CollectAsync(replica, Head)).Outcome);
    }

    [Fact]
    [Conforms("stratum1", 61)]
    public async Task Both_locks_are_held_while_objects_go()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        var free = new HashSet<string>();
        int steps = 0;
        var services = new CollectionServices
        {
            TimeProvider = origin.Clock,
            Step = step =>
            {
                if (step is not ("catalog" or "objects" or "object" or "reflog")) return;
                Interlocked.Increment(ref steps);
                lock (free) free.UnionWith(FreeLocks(replica.Location.SpoolFolder));
            },
        };
        await new GarbageCollector(replica.Location, services).CollectAsync(Head, cancellationToken: Token);
        Assert.Empty(free);
        Assert.True(steps > 10);
        Assert.Equal(2, FreeLocks(replica.Location.SpoolFolder).Count);
    }

    [Fact]
    public async Task A_lost_reflog_is_made_anew_before_anything_goes_but_not_in_a_dry_run()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        File.Delete(Path.Combine(replica.Folder, ".cvmfsreflog"));
        File.Delete(Path.Combine(replica.Location.SpoolFolder, "reflog.chksum"));
        Assert.Equal(CollectionOutcome.ReflogMissing, (await CollectAsync(replica, Head with { DryRun = true })).Outcome);
        Assert.Equal(CollectionOutcome.ReflogMissing, (await CollectAsync(replica, Head with { RebuildReflog = false })).Outcome);
        Assert.False(File.Exists(Path.Combine(replica.Folder, ".cvmfsreflog")));
        var report = await CollectAsync(replica, Head);
        Assert.True(report is { ReflogRebuilt: true, RootsCondemned: > 0 }, report.Message);
        Assert.Equal(ReplicaInvariants.Roots(replica.Folder).Order(), replica.Log().Where(entry => entry.Type == 0).Select(entry => entry.Hash).Order());
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 72)]
    public async Task What_cannot_be_removed_keeps_the_reflog_and_the_next_run_converges()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        var dry = new List<string>();
        await new GarbageCollector(replica.Location, new CollectionServices { TimeProvider = origin.Clock, Removed = key => dry.Add(key.ToString()) }).CollectAsync(Head with { DryRun = true }, cancellationToken: Token);
        string victim = Path.Combine(replica.Folder, ReplicaInvariants.PathOf(dry[^1], ""));
        byte[] content = File.ReadAllBytes(victim);
        File.Delete(victim);
        Directory.CreateDirectory(Path.Combine(victim, "in the way")); // not even the administrator removes that as a file
        var log = replica.Log();

        var report = await CollectAsync(replica, Head with { CountBytes = false });
        Assert.Equal((CollectionOutcome.Incomplete, 1), (report.Outcome, report.Failures));
        Assert.Equal(log.Order(), replica.Log().Order());
        Assert.Single(Directory.GetFiles(replica.Location.SpoolFolder, "condemned.*"));

        Directory.Delete(victim, recursive: true);
        File.WriteAllBytes(victim, content);
        report = await CollectAsync(replica, Head);
        Assert.True(report is { Outcome: CollectionOutcome.Collected, Resumed: true, ObjectsRemoved: 1 }, report.Message);
        Assert.True(replica.Log().Count < log.Count);
        ReplicaInvariants.Check(replica.Folder);
        Assert.Empty(Directory.GetFiles(replica.Location.SpoolFolder, "condemned.*"));
    }

    [Fact]
    public async Task Garbage_can_be_set_aside_brought_back_and_goes_in_the_end()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        var before = replica.Objects();
        var files = new Cvmfs.Net.Objects.FileObjectStore(replica.Folder);
        var report = await CollectAsync(replica, Head with { QuarantineFor = TimeSpan.FromDays(7) });
        var after = replica.Objects();
        string name = Assert.Single(files.ListAside());
        Assert.Equal(report.ObjectsRemoved, files.EnumerateAside(name).Count());
        await replica.SnapshotAsync(); // whose sweep of unfinished files leaves it alone
        Assert.Equal(report.ObjectsRemoved, files.EnumerateAside(name).Count());

        Assert.Equal(report.ObjectsRemoved, GarbageCollector.BringBack(files, name));
        Assert.Equal(before, replica.Objects());
        Assert.Equal(report.ObjectsRemoved, (await CollectAsync(replica, Head with { QuarantineFor = TimeSpan.FromDays(7), Unreferenced = true, GracePeriod = TimeSpan.Zero })).ObjectsRemoved);

        origin.Clock.Advance(TimeSpan.FromDays(6));
        Assert.Equal(0, (await CollectAsync(replica, Head)).ObjectsExpired);
        origin.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(report.ObjectsRemoved, (await CollectAsync(replica, Head)).ObjectsExpired);
        Assert.Empty(files.ListAside());
        Assert.Equal(after, replica.Objects());
    }

    [Fact]
    [Conforms("stratum1", 75)]
    public async Task What_only_a_listing_finds_is_reported_apart_and_young_ones_stay()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        await CollectAsync(replica, Head);
        var files = new Cvmfs.Net.Objects.FileObjectStore(replica.Folder);
        string[] dark = [.. Enumerable.Range(0, 5).Select(i => Put([1, 2, (byte)i]))];
        File.SetLastWriteTimeUtc(dark[0], TimeProvider.System.GetUtcNow().AddHours(-25).UtcDateTime);
        var hidden = await CollectAsync(replica, Head);
        Assert.Equal(0, hidden.ObjectsCondemned);
        var report = await CollectAsync(replica, Head with { Unreferenced = true });
        Assert.True(report is { ObjectsUnreferenced: 1, ObjectsSpared: 4, BytesUnreferenced: 3, ObjectsRemoved: 1 }, report.ToString());
        Assert.False(File.Exists(dark[0]));
        Assert.True(dark[1..].All(File.Exists));

        string Put(byte[] content)
        {
            var key = new Cvmfs.Net.Objects.ObjectKey(Hashing.ContentHash.Compute(Hashing.HashAlgorithmId.Sha1, content));
            files.PutAsync(key, content, Token).AsTask().GetAwaiter().GetResult();
            return files.PathOf(key);
        }
    }

    [Fact]
    public async Task Progress_ends_with_what_the_report_says_and_cancelling_is_no_outcome()
    {
        using var origin = await BuildAsync();
        await using var replica = await ReplicateAsync(origin);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new GarbageCollector(replica.Location).CollectAsync(Head, cancellationToken: cancelled.Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => new GarbageCollector(replica.Location).CollectAsync(Head with { KeepRevisions = -1 }, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => new GarbageCollector(replica.Location).CollectAsync(Head with { MemoryBytes = 1 }, cancellationToken: Token));
        var heard = new Last();
        var report = await new GarbageCollector(replica.Location, new CollectionServices { TimeProvider = origin.Clock }).CollectAsync(Head, heard, Token);
        Assert.Equal((report.ObjectsCondemned, report.ObjectsRemoved, CollectionPhase.Publishing), (heard.Value!.ObjectsCondemned, heard.Value.ObjectsRemoved, heard.Value.Phase));
    }

    [Theory]
    [InlineData(24, null, true)]
    [InlineData(24, 25.0, true)]
    [InlineData(24, 23.0, false)]
    [InlineData(null, 1.0, true)]
    public void A_replica_is_due_when_its_last_collection_is_older_than_the_lapse(int? lapseHours, double? hoursAgo, bool isDue)
    {
        var now = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        var schedule = new CollectionSchedule(lapseHours is { } hours ? TimeSpan.FromHours(hours) : null);
        Assert.Equal(isDue, schedule.IsDue(true, hoursAgo is { } ago ? now.AddHours(-ago) : null, now));
        Assert.False(schedule.IsDue(false, null, now));
    }

    internal static CollectionOptions Head { get; } = new() { KeepRevisions = 0, Sync = false, MemoryBytes = CollectionOptions.LeastMemoryBytes };

    /// <summary>Five revisions of nested catalogs, some files of which come and go.</summary>
    internal static Task<BuiltRepository> BuildAsync() => new RepositoryBuilder().GarbageCollectable()
        .Nested("/a").Nested("/a/b").Nested("/c").Files("/a/b", 10).Files("/c", 5).Chunked("/a/large").Revision()
        .Files("/a/old", 10).RandomFile("/c/x", 30_000, 2).Revision("tagged")
        .Remove("/a/old").RandomFile("/c/x", 30_000, 3).Files("/a/gone", 10).Revision()
        .Remove("/a/gone").RandomFile("/c/x", 30_000, 5)
        .File("/a/b/0001", "changed").Chunked("/a/large", seed: 4).Revision()
        .File("/d", "last").BuildAsync();

    /// <summary>A replica that has all revisions but the first.</summary>
    internal static async Task<CollectedReplica> ReplicateAsync(BuiltRepository origin)
    {
        var replica = new CollectedReplica(origin.Path, origin.Name.ToString(), origin.TrustedKeys, origin.Clock);
        byte[] newest = File.ReadAllBytes(origin.RootFile(".cvmfspublished"));
        File.WriteAllBytes(origin.RootFile(".cvmfspublished"), origin.Manifests[1]);
        await replica.SnapshotAsync();
        File.WriteAllBytes(origin.RootFile(".cvmfspublished"), newest);
        origin.Clock.Advance(TimeSpan.FromMinutes(1));
        await replica.SnapshotAsync();
        return replica;
    }

    private static Task<CollectionReport> CollectAsync(CollectedReplica replica, CollectionOptions options)
        => new GarbageCollector(replica.Location, new CollectionServices { TimeProvider = replica.Time }).CollectAsync(options, cancellationToken: Token);

    private static async Task<CollectionReport> RefusesAsync(CollectedReplica replica, CollectionOptions options, CollectionOutcome outcome, CollectionServices? services = null)
    {
        var before = replica.Objects();
        var log = replica.Log();
        var report = await new GarbageCollector(replica.Location, services ?? new CollectionServices { TimeProvider = replica.Time }).CollectAsync(options, cancellationToken: Token);
        Assert.Equal(outcome, report.Outcome);
        Assert.False(report.Succeeded);
        Assert.Equal(0, report.ObjectsRemoved);
        Assert.Equal(before, replica.Objects());
        Assert.Equal(log.Order(), replica.Log().Order());
        Assert.Empty(Directory.GetFiles(replica.Location.SpoolFolder, "condemned.*"));
        return report;
    }

    private static List<string> FreeLocks(string spool)
    {
        var free = new List<string>();
        foreach (string name in (ReadOnlySpan<string>)[ReplicaLock.FileName, ReplicaLock.CollectingFileName])
        {
            using var handle = LockFile.Open(Path.Combine(spool, name))!;
            if (LockFile.TryLock(handle, name)) free.Add(name);
        }

        return free;
    }

    private static string Printed(string path) => path["data/".Length..].Replace("/", "", StringComparison.Ordinal);

    private sealed class Last : IProgress<CollectionProgress>
    {
        public CollectionProgress? Value { get; private set; }

        public void Report(CollectionProgress value) => Value = value;
    }
}
