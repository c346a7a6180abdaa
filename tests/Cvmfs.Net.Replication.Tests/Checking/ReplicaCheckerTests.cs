using System.Text.Json;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Tests.Checking;

public sealed class ReplicaCheckerTests
{
    public static TheoryData<string> Names => [.. TestData.Names];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    [Conforms("stratum1", 77)]
    public async Task Nothing_is_wrong_with_what_the_reference_wrote(string name)
    {
        using var repository = TestData.Unpack(name);
        using var spool = new TempFolder();
        var keys = await ReplicaSetup.KeysAsync(name);
        var checker = new ReplicaChecker(new ReplicaLocation(repository.Path, spool.Path), new CheckServices());
        var report = await checker.CheckAsync(new CheckOptions { Keys = keys, History = true, Content = true }, cancellationToken: Token);
        Assert.True(report.Outcome == CheckOutcome.Clean, report.Message + "\n" + string.Join('\n', report.Findings) + string.Join('\n', report.Content?.Alerts ?? []));
        Assert.True(report.Roots > 1);
        Assert.Equal(Directory.EnumerateFiles(Path.Combine(repository.Path, "data"), "*", SearchOption.AllDirectories).Count(), report.Content!.Files);
    }

    [Fact]
    [Conforms("stratum1", 80)]
    public async Task What_is_missing_or_damaged_comes_from_another_source_and_a_catalog_with_all_below_it()
    {
        using var repository = await CheckedRepository.CreateAsync();
        using var origin = new TempFolder();
        CopyFolder(repository.Built.Path, origin.Path);
        var built = repository.Built;
        built.Remove(built.KeyOf("/nested/dir/deep/innermost")).FlipByte(built.KeyOf("/file")).Remove(built.KeyOf("/big"));
        built.Remove(built.Manifest.MetaInfoKey!.Value).FlipByte(built.Manifest.HistoryKey!.Value);
        using (var root = built.OpenCatalog()) built.Remove(new ObjectKey(root.NestedCatalogs[0].Hash, ObjectSuffix.Catalog));
        var broken = await repository.CheckAsync(repository.Options with { Content = true });
        Assert.Equal([2, 7, 11, 33], broken.Findings.Select(finding => finding.Number).Order());
        Assert.Equal(2, broken.Content!.AlertCount);

        await using var source = new DirectoryRepositorySource(origin.Path);
        var report = await repository.CheckAsync(repository.Options with { Content = true }, new CheckServices { TimeProvider = built.Clock, RepairSource = source });

        Assert.True(report.Outcome == CheckOutcome.Repaired, report.Message + string.Join('\n', report.Unrepaired));
        Assert.Equal(6, report.Repaired.Count);
        Assert.Empty(report.Unrepaired);
        Assert.Equal(CheckOutcome.Clean, (await repository.CheckAsync(repository.Options with { Content = true, Full = true })).Outcome);
    }

    [Fact]
    [Conforms("stratum1", 80)]
    public async Task A_catalog_that_cannot_be_had_whole_does_not_appear()
    {
        using var repository = await CheckedRepository.CreateAsync();
        using var origin = new TempFolder();
        CopyFolder(repository.Built.Path, origin.Path);
        var inner = repository.Built.KeyOf("/nested/inner");
        ObjectKey nested;
        using (var root = repository.Built.OpenCatalog()) nested = new ObjectKey(root.NestedCatalogs[0].Hash, ObjectSuffix.Catalog);
        repository.Built.Remove(nested).Remove(inner);
        File.Delete(new FileObjectStore(origin.Path).PathOf(inner));
        await using var source = new DirectoryRepositorySource(origin.Path);
        var report = await repository.CheckAsync(services: new CheckServices { TimeProvider = repository.Built.Clock, RepairSource = source });
        Assert.Equal(CheckOutcome.ProblemsFound, report.Outcome);
        Assert.Contains(report.Unrepaired, unrepaired => unrepaired.Name == inner.ToString());
        Assert.False(File.Exists(repository.Built.Store.PathOf(nested)));
    }

    [Fact]
    public async Task Catalogs_once_proven_are_not_opened_again_and_their_objects_still_looked_for()
    {
        using var repository = await CheckedRepository.CreateAsync();
        var first = await repository.CheckAsync();
        var second = await repository.CheckAsync();
        Assert.Equal((3L, 0L, 0L, 3L), (first.Catalogs, first.ProvenCatalogs, second.Catalogs, second.ProvenCatalogs));
        Assert.Equal(first.ReferencedObjects, second.ReferencedObjects);
        Assert.Equal(3, (await repository.CheckAsync(repository.Options with { Full = true })).Catalogs);

        repository.Built.Remove(repository.Built.KeyOf("/nested/inner"));
        Assert.Equal((25, "/nested/inner"), Assert.Single((await repository.CheckAsync()).Findings) is var finding ? (finding.Number, finding.Path) : default);
    }

    [Fact]
    public async Task A_proven_catalog_is_compared_with_the_place_where_it_is_mounted_now()
    {
        using var repository = await CheckedRepository.CreateAsync();
        Assert.Equal(CheckOutcome.Clean, (await repository.CheckAsync()).Outcome);
        repository.Built.EditCatalog("/", CheckedRepository.Set("/nested", "mtime = mtime + 1"));
        var report = await repository.CheckAsync();
        Assert.Equal((14, 2L), (Assert.Single(report.Findings).Number, report.ProvenCatalogs));
        Assert.Equal(14, Assert.Single((await repository.CheckAsync()).Findings).Number); // what is wrong is not proven
    }

    [Fact]
    public async Task Damaged_notes_of_earlier_checks_count_as_none()
    {
        using var repository = await CheckedRepository.CreateAsync();
        await repository.CheckAsync();
        foreach (string note in Directory.EnumerateFiles(Path.Combine(repository.Location.SpoolFolder, "checked")))
        {
            byte[] bytes = File.ReadAllBytes(note);
            bytes[^30] ^= 1;
            File.WriteAllBytes(note, bytes);
        }

        Assert.Equal((3L, 0L), (await repository.CheckAsync()) is var report ? (report.Catalogs, report.ProvenCatalogs) : default);
    }

    [Fact]
    public async Task Unreferenced_objects_are_counted_when_all_revisions_are_looked_at()
    {
        using var repository = await CheckedRepository.CreateAsync();
        var before = await repository.CheckAsync(repository.Options with { History = true });
        Assert.Equal(0, before.UnreferencedObjects);
        byte[] stray = "nobody refers to this"u8.ToArray();
        await repository.Built.Store.PutAsync(new ObjectKey(CheckedRepository.HashOf("nobody refers to this")), stray, Token);
        var report = await repository.CheckAsync(repository.Options with { History = true });
        Assert.Equal((CheckOutcome.Clean, 1L, (long)stray.Length), (report.Outcome, report.UnreferencedObjects ?? -1, report.UnreferencedBytes ?? -1));
        Assert.Null((await repository.CheckAsync()).UnreferencedObjects);
    }

    [Fact]
    public async Task Head_of_a_collectable_repository_is_checked_under_the_lock_and_a_tag_without()
    {
        using var repository = await CheckedRepository.CreateAsync(builder => builder.GarbageCollectable());
        string lockFile = Path.Combine(repository.Location.SpoolFolder, ReplicaLock.CollectingFileName);
        using (await ReplicaLock.TakeAsync(lockFile, TimeSpan.Zero, TimeProvider.System, Token))
        {
            Assert.Equal(CheckOutcome.Locked, (await repository.CheckAsync(repository.Options with { LockPatience = TimeSpan.Zero })).Outcome);
            Assert.Equal(CheckOutcome.Clean, (await repository.CheckAsync(repository.Options with { Tag = "first", LockPatience = TimeSpan.Zero })).Outcome);
        }

        Assert.Equal(CheckOutcome.Clean, (await repository.CheckAsync(repository.Options with { LockPatience = TimeSpan.Zero })).Outcome);
    }

    [Fact]
    public async Task Time_and_result_are_noted_on_request()
    {
        using var repository = await CheckedRepository.CreateAsync();
        await repository.CheckAsync();
        string path = repository.Built.RootFile(".cvmfs_status.json");
        Assert.False(File.Exists(path) && StatusDocument.Parse(File.ReadAllBytes(path)).LastCheck is not null);
        await repository.CheckAsync(repository.Options with { RecordStatus = true });
        var status = StatusDocument.Parse(File.ReadAllBytes(path));
        Assert.True(status.CheckSucceeded);
        Assert.Equal(repository.Built.Clock.GetUtcNow().ToUnixTimeSeconds(), status.LastCheck?.Time?.ToUnixTimeSeconds());
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task Findings_are_one_line_each_and_all_are_heard_even_if_few_are_kept()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.EditCatalog("/", "UPDATE catalog SET hardlinks = 0 WHERE flags & 1 = 0");
        var heard = new List<CheckFinding>();
        var report = await repository.CheckAsync(repository.Options with { MaxFindings = 2 }, new CheckServices { TimeProvider = repository.Built.Clock, OnFinding = heard.Add });
        Assert.Equal((2, report.ErrorCount), (report.Findings.Count, heard.Count));
        Assert.True(heard.Count > 5);
        Assert.All(heard, finding => Assert.DoesNotContain('\n', finding.ToString()));

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) report.WriteJson(json);
        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.Equal("ProblemsFound", document.RootElement.GetProperty("outcome").GetString());
        Assert.Equal(23, document.RootElement.GetProperty("findings")[0].GetProperty("check").GetInt32());
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
