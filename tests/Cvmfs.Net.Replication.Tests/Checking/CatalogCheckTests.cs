using System.Globalization;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Checking;

/// <summary>Each test plants one defect inside a catalog, where everything else, signatures and hashes included, is right, and expects that finding alone.</summary>
public sealed class CatalogCheckTests(CatalogCheckTests.Intact intact) : IClassFixture<CatalogCheckTests.Intact>
{
    private const string BumpFile = "UPDATE statistics SET value = value + 1 WHERE counter = 'self_regular'";

    /// <summary>Check, mountpoint of the catalog, statements.</summary>
    public static TheoryData<int, string, string[]> Defects => new()
    {
        { 12, "/nested", ["UPDATE properties SET value = '/elsewhere' WHERE key = 'root_prefix'"] },
        { 13, "/", [$"DELETE FROM catalog WHERE {CheckedRepository.Row("/")}", "UPDATE statistics SET value = value - 1 WHERE counter = 'self_dir'"] },
        { 14, "/", [CheckedRepository.Set("/nested", "mtime = mtime + 1")] },
        { 14, "/", [CheckedRepository.Set("/nested", "mode = 16832")] },
        { 15, "/nested", [CheckedRepository.Set("/nested", "flags = flags & ~32")] },
        { 15, "/", [CheckedRepository.Set("/", "flags = flags | 32")] },
        { 16, "/", ["INSERT INTO catalog SELECT 1, 2, 3, 4, hardlinks, hash, size, mode, mtime, mtimens, flags, name, symlink, uid, gid, xattr FROM catalog WHERE name = 'file'"] },
        { 19, "/", [BumpFile] },
        { 19, "/", ["UPDATE statistics SET value = value + 1 WHERE counter = 'subtree_file_size'"] },
        { 19, "/nested/dir/deep", ["UPDATE statistics SET value = value + 1 WHERE counter = 'self_xattr'"] },
        { 20, "/", [CheckedRepository.Set("/dir", "hardlinks = hardlinks + 1")] },
        { 20, "/", [CheckedRepository.Set("/file", "md5path_1 = md5path_1 + 1")] },
        { 21, "/", [Insert("/dir/.cvmfscatalog", "/dir", "/file"), BumpFile, "UPDATE statistics SET value = value + (SELECT size FROM catalog WHERE name = 'file') WHERE counter = 'self_file_size'"] },
        { 21, "/nested", [$"DELETE FROM catalog WHERE {CheckedRepository.Row("/nested/.cvmfscatalog")}", "UPDATE statistics SET value = value - 1 WHERE counter = 'self_regular'"] },
        { 22, "/", [CheckedRepository.Set("/dir/three", "mtime = mtime + 1")] },
        { 23, "/", [CheckedRepository.Set("/dir/one", "hardlinks = 0")] },
        { 23, "/", [CheckedRepository.Set("/dir/one", "mode = 420"), "UPDATE statistics SET value = value - 1 WHERE counter = 'self_regular'", "UPDATE statistics SET value = value - 3 WHERE counter = 'self_file_size'"] },
        { 24, "/", [CheckedRepository.Set("/file", "hash = NULL")] },
        { 24, "/", [CheckedRepository.Set("/file", "flags = flags | 1792")] },
        { 26, "/", [CheckedRepository.Set("/dir/one", "hardlinks = 2")] },
        { 27, "/", [CheckedRepository.Set("/dir", "hardlinks = hardlinks | (7 << 32)")] },
        { 28, "/", [CheckedRepository.Set("/dir/link", "flags = flags | 65536")] },
        { 29, "/", [CheckedRepository.Set("/nested", "flags = flags | 16384")] },
        { 30, "/", [CheckedRepository.Set("/dir/link", "size = size + 1")] },
        { 30, "/", [CheckedRepository.Set("/dir/link", "hash = (SELECT hash FROM catalog WHERE name = 'file')")] },
        { 31, "/", [CheckedRepository.Set("/dir/fifo", "size = 1")] },
        { 31, "/", [CheckedRepository.Set("/dir/fifo", "symlink = 'target'")] },
        { 32, "/", [CheckedRepository.Set("/dir/link", "flags = flags | 128")] },
        { 33, "/", ["DELETE FROM chunks WHERE offset > 0", "UPDATE statistics SET value = 1 WHERE counter = 'self_chunks'"] },
        { 33, "/", ["UPDATE chunks SET offset = offset + 1 WHERE offset > 0"] },
        { 33, "/", ["DELETE FROM chunks", "UPDATE statistics SET value = 0 WHERE counter = 'self_chunks'"] },
    };

    [Theory]
    [MemberData(nameof(Defects))]
    [Conforms("stratum1", 77)]
    public async Task A_planted_defect_is_found_and_nothing_else(int check, string catalog, string[] statements)
    {
        var repository = intact.Restore();
        repository.Built.EditCatalog(catalog, statements);
        if (check is 19 or 21 or 23 or 29 or 13 && catalog != "/") await FollowCountersAsync(repository, catalog);

        var report = await repository.CheckAsync();

        // What counts wrongly in a nested catalog counts in those above as well; the counters are not what most of these tests are about.
        var numbers = report.Findings.Select(finding => finding.Number).Distinct().ToList();
        Assert.True(numbers is [var only] && only == check, string.Join('\n', report.Findings));
        Assert.Equal(CheckOutcome.ProblemsFound, report.Outcome);
        Assert.Equal(CheckSeverity.Error, report.Findings[0].Severity);
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task One_of_everything_is_clean()
    {
        using var repository = await CheckedRepository.CreateAsync(builder => builder.Special("/null", 0x2000 | 0x1B6, 0x103));
        var report = await repository.CheckAsync();
        Assert.True(report.Outcome == CheckOutcome.Clean, string.Join('\n', report.Findings));
        Assert.Equal(3, report.Catalogs);
        Assert.Equal(0, report.MissingObjects);
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_catalog_that_is_missing_damaged_or_of_another_size_is_check_11()
    {
        foreach (Action<BuiltRepository> harm in new Action<BuiltRepository>[]
        {
            built => built.Remove(NestedKey(built)),
            built => built.FlipByte(NestedKey(built)),
            built => built.EditCatalog("/", "UPDATE nested_catalogs SET size = size + 512"),
            built => built.EditCatalog("/", "UPDATE nested_catalogs SET sha1 = ''"),
        })
        {
            using var repository = await CheckedRepository.CreateAsync();
            harm(repository.Built);
            var report = await repository.CheckAsync();
            var finding = Assert.Single(report.Findings);
            Assert.Equal((11, "/nested"), (finding.Number, finding.Catalog));
        }
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_nested_catalog_that_no_entry_leads_to_is_checks_17_and_18()
    {
        using var repository = await CheckedRepository.CreateAsync();
        using (var root = repository.Built.OpenCatalog())
        {
            repository.Built.EditCatalog("/", $"INSERT INTO nested_catalogs VALUES ('/nowhere', '{root.NestedCatalogs[0].Hash}', 0)");
        }

        var report = await repository.CheckAsync();
        // The same catalog in a second place is also the catalog of another place, and counts twice.
        Assert.Equal([12, 17, 18, 19], report.Findings.Select(finding => finding.Number).Distinct().Order());
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_nested_catalog_that_is_not_registered_is_checks_17_and_29()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.EditCatalog("/nested/dir/deep", CheckedRepository.Set("/nested/dir/deep/innermost", "uid = 7"));
        repository.Built.EditCatalog("/nested", "DELETE FROM nested_catalogs", "UPDATE statistics SET value = 0 WHERE counter LIKE 'subtree%'");
        await FollowCountersAsync(repository, "/nested");
        var report = await repository.CheckAsync();
        Assert.Equal([17, 29], report.Findings.Select(finding => finding.Number).Distinct().Order());
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task Entries_below_a_mountpoint_are_checks_16_and_29()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.EditCatalog("/nested", Insert("/nested/dir/deep/stray", "/nested/dir/deep", "/nested/inner"));
        var report = await repository.CheckAsync();
        Assert.Equal([16, 29], report.Findings.Select(finding => finding.Number).Order());
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task Mountpoints_registered_twice_or_bound_to_nothing_are_check_18()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.EditCatalog("/", "INSERT INTO bind_mountpoints SELECT path, sha1, size FROM nested_catalogs", "INSERT INTO bind_mountpoints VALUES ('/nowhere', '', 0)");
        var report = await repository.CheckAsync();
        Assert.All(report.Findings, finding => Assert.Equal(18, finding.Number));
        Assert.Contains(report.Findings, finding => finding.Path == "/nowhere");
        Assert.Contains(report.Findings, finding => finding.Path == "/nested");
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task An_object_that_is_missing_is_check_25_and_named_by_its_path()
    {
        using var repository = await CheckedRepository.CreateAsync();
        var key = repository.Built.KeyOf("/nested/dir/deep/innermost");
        repository.Built.Remove(key);
        var finding = Assert.Single((await repository.CheckAsync()).Findings);
        Assert.Equal((25, "/nested/dir/deep/innermost", "/nested/dir/deep", key.ToString()), (finding.Number, finding.Path, finding.Catalog, finding.Key));
        Assert.Empty((await repository.CheckAsync(repository.Options with { Existence = false })).Findings);
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_chunk_that_is_missing_is_check_33()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.Remove(repository.Built.KeyOf("/big"));
        var finding = Assert.Single((await repository.CheckAsync()).Findings);
        Assert.Equal((33, "/big"), (finding.Number, finding.Path));
    }

    private static string Insert(string path, string parent, string like)
    {
        var hash = RepositoryPath.Parse(path).Hash;
        var above = RepositoryPath.Parse(parent).Hash;
        string name = path[(path.LastIndexOf('/') + 1)..];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO catalog SELECT {hash.High}, {hash.Low}, {above.High}, {above.Low}, 1, hash, size, mode, mtime, mtimens, flags, '{name}', symlink, uid, gid, NULL FROM catalog WHERE {CheckedRepository.Row(like)}");
    }

    private static Cvmfs.Net.Objects.ObjectKey NestedKey(BuiltRepository built)
    {
        using var root = built.OpenCatalog();
        return new(root.NestedCatalogs.Single(nested => nested.Mountpoint.ToString() == "/nested").Hash, Cvmfs.Net.Objects.ObjectSuffix.Catalog);
    }

    /// <summary>Makes the counters of the catalogs above agree with what was counted below, as a publisher that made the same mistake would.</summary>
    private static async Task FollowCountersAsync(CheckedRepository repository, string catalog)
    {
        for (int depth = catalog.Count('/'); depth > 0; depth--)
        {
            catalog = catalog[..catalog.LastIndexOf('/')] is { Length: > 0 } parent ? parent : "/";
            string at = catalog == "/nested/dir" ? "/nested" : catalog;
            var report = await repository.CheckAsync();
            var updates = report.Findings
                .Where(finding => finding.Number == 19 && finding.Message.Contains("subtree_", StringComparison.Ordinal) && finding.Catalog == at)
                .Select(finding => $"UPDATE statistics SET value = {finding.Expected} WHERE counter = '{finding.Message.Split(' ')[1]}'").ToArray();
            if (updates.Length > 0) repository.Built.EditCatalog(at, updates);
            if (at == "/") return;
        }
    }

    /// <summary>A repository whose edits are undone by putting manifest and reflog back: edited catalogs have other names.</summary>
    public sealed class Intact : IAsyncLifetime
    {
        private readonly Dictionary<string, byte[]> _files = [];
        private CheckedRepository? _repository;

        public async ValueTask InitializeAsync()
        {
            _repository = await CheckedRepository.CreateAsync();
            foreach (string name in (string[])[".cvmfspublished", ".cvmfsreflog"]) _files[name] = File.ReadAllBytes(_repository.Built.RootFile(name));
        }

        internal CheckedRepository Restore()
        {
            foreach (var (name, content) in _files) File.WriteAllBytes(_repository!.Built.RootFile(name), content);
            return _repository!;
        }

        public ValueTask DisposeAsync()
        {
            _repository?.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
