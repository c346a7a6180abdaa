using System.Globalization;
using System.Runtime.InteropServices;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;
using Microsoft.Win32.SafeHandles;
using static Cvmfs.Net.Proxy.Tests.Storage.StoredObjects;

namespace Cvmfs.Net.Proxy.Tests.Storage;

/// <summary>What strangers and accidents do to the folder.</summary>
public sealed partial class CacheFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task A_folder_belongs_to_one_running_proxy()
    {
        await using (ObjectCache.Open(Options(_folder.Path)))
        {
            var refused = Assert.Throws<CacheFolderInUseException>(() => ObjectCache.Open(Options(_folder.Path)));
            Assert.Equal(_folder.Path, refused.Folder);
            Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        }

        await using var later = ObjectCache.Open(Options(_folder.Path));
        Assert.Equal(0, later.DiskFigures.Suspended);
    }

    [Fact]
    public async Task A_folder_is_free_at_once_though_a_child_on_its_start_has_a_copy_of_the_descriptor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "looks for the descriptor in /proc");
        SafeFileHandle copy;
        await using (ObjectCache.Open(Options(_folder.Path)))
        {
            string held = Directory.GetFileSystemEntries("/proc/self/fd").Single(entry => new FileInfo(entry).LinkTarget == _folder.Combine("lock"));
            copy = new SafeFileHandle(Duplicate(int.Parse(Path.GetFileName(held), CultureInfo.InvariantCulture)), ownsHandle: true); // as fork does
        }

        using (copy)
        {
            await using var later = ObjectCache.Open(Options(_folder.Path));
            Assert.Equal(0, later.DiskFigures.Suspended);
        }
    }

    [Fact]
    public async Task Files_and_folders_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows()) return; // no such permissions
        await using var cache = ObjectCache.Open(Options(_folder.Combine("cache")));
        cache.Add(Content(1, 100_000));
        cache.Add(Content(2, 100));
        await cache.FlushAsync();
        foreach (string path in Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories))
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        }
    }

    [Fact]
    public async Task A_link_in_the_place_of_an_object_is_not_followed()
    {
        byte[] content = Content(3, 100_000);
        await using (var cache = ObjectCache.Open(Options(_folder.Path))) cache.Add(content);
        string elsewhere = _folder.Write("elsewhere", content);
        string file = new FolderLayout(_folder.Path).Object(KeyOf(content).Hash);
        File.Delete(file);
        File.CreateSymbolicLink(file, elsewhere);

        await using var again = ObjectCache.Open(Options(_folder.Path));
        Assert.Null(await again.ReadAsync(KeyOf(content).Hash));
        await again.FlushAsync();
        Assert.Null(await again.ReadAsync(KeyOf(content).Hash)); // nor found as a file that no index knew
        Assert.True(again.StageAndCommit(content)); // takes the place of the link
        Assert.Equal(content, await again.ReadAsync(KeyOf(content).Hash));
        Assert.Null(new FileInfo(file).LinkTarget);
        Assert.Equal(content, await File.ReadAllBytesAsync(elsewhere, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("objects")]
    [InlineData("segments")]
    [InlineData("index")]
    [InlineData("staging")]
    public async Task A_link_in_the_place_of_a_folder_is_refused(string part)
    {
        using var elsewhere = new TempFolder();
        Directory.CreateSymbolicLink(_folder.Combine(part), elsewhere.Path);
        await using var cache = ObjectCache.Open(Options(_folder.Path));
        Assert.Equal(1, cache.DiskFigures.Suspended);
        cache.Add(Content(4, 100_000));
        await cache.FlushAsync();
        Assert.Empty(elsewhere.Files());
    }

    [Fact]
    public async Task A_link_in_the_place_of_a_folder_of_objects_is_not_written_through()
    {
        byte[] content = Content(5, 100_000);
        using var elsewhere = new TempFolder();
        Directory.CreateDirectory(_folder.Combine("objects"));
        Directory.CreateSymbolicLink(Path.GetDirectoryName(new FolderLayout(_folder.Path).Object(KeyOf(content).Hash))!, elsewhere.Path);
        await using var cache = ObjectCache.Open(Options(_folder.Path));
        Assert.False(cache.StageAndCommit(content));
        Assert.Empty(elsewhere.Files());
    }

    [Fact]
    public async Task Planted_files_are_hashed_or_left_alone()
    {
        byte[] right = Content(6, 100_000), wrong = Content(7, 100_000);
        await using (ObjectCache.Open(Options(_folder.Path)))
        {
        }

        var layout = new FolderLayout(_folder.Path);
        foreach (var (key, content) in new[] { (KeyOf(right), right), (KeyOf(Content(8, 100)), wrong) })
        {
            string file = layout.Object(key.Hash);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);
        }

        string[] foreign = [_folder.Write("objects/ab/README", "x"u8), _folder.Write("objects/notes", "x"u8), _folder.Write("segments/a.txt", "x"u8), _folder.Write("index/b", "x"u8), _folder.Write("c", "x"u8)];
        await using var cache = ObjectCache.Open(Options(_folder.Path));
        await cache.FlushAsync();
        Assert.Equal(2, cache.DiskFigures.Objects);
        Assert.Equal(right, await cache.ReadAsync(KeyOf(right).Hash));
        Assert.Null(await cache.ReadAsync(KeyOf(Content(8, 100)).Hash));
        Assert.Equal(1, cache.DiskFigures.Damaged);
        Assert.All(foreign, static file => Assert.True(File.Exists(file)));
    }

    [Fact]
    public async Task Without_its_index_everything_is_found_again()
    {
        byte[][] contents = [.. Enumerable.Range(0, 500).Select(static i => Content(i, 1 + i * 200))];
        await using (var cache = ObjectCache.Open(Options(_folder.Path)))
        {
            foreach (byte[] content in contents) cache.Add(content);
        }

        Directory.Delete(_folder.Combine("index"), recursive: true);
        await using var again = ObjectCache.Open(Options(_folder.Path));
        await again.FlushAsync();
        Assert.Equal(contents.Length, again.DiskFigures.Objects);
        foreach (byte[] content in contents) Assert.Equal(content, await again.ReadAsync(KeyOf(content).Hash));
    }

    [Fact]
    public async Task A_damaged_index_costs_no_object()
    {
        byte[][] contents = [.. Enumerable.Range(0, 300).Select(static i => Content(i, 1 + i * 300))];
        for (int seed = 1; seed <= 4; seed++)
        {
            using var folder = new TempFolder();
            await using (var cache = ObjectCache.Open(Options(folder.Path)))
            {
                foreach (byte[] content in contents) cache.Add(content);
                await cache.FlushAsync();
            }

            foreach (string file in Directory.EnumerateFiles(folder.Combine("index")))
            {
                byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
                bytes[new Random(seed).Next(bytes.Length)] ^= 0x40;
                await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
            }

            await using var again = ObjectCache.Open(Options(folder.Path));
            await again.FlushAsync();
            int found = 0;
            foreach (byte[] content in contents)
            {
                if (await again.ReadAsync(KeyOf(content).Hash) is not { } read) continue;
                Assert.Equal(content, read);
                found++;
            }

            Assert.Equal(contents.Length, found);
        }
    }

    [Fact]
    public async Task The_limit_holds_and_what_was_evicted_gives_its_space_back()
    {
        var options = Options(_folder.Path, static options => (options.MaxBytes, options.MemoryBytes) = (4 << 20, 1 << 16));
        var random = new Random(20_260_101);
        await using (var cache = ObjectCache.Open(options))
        {
            for (int i = 0; i < 3000; i++)
            {
                cache.Add(Content(i, random.Next(1, 20_000)));
                if (i % 50 == 0)
                {
                    await cache.FlushAsync();
                    Assert.InRange(BytesOnDisk(), 0, 4 << 20);
                }
            }

            await cache.FlushAsync();
            Assert.InRange(BytesOnDisk(), 2 << 20, 4 << 20);
            Assert.Equal(BytesOnDisk(), cache.DiskFigures.UsedBytes);
            Assert.True(cache.DiskFigures.Evictions > 1000);
        }

        await using var again = ObjectCache.Open(options);
        await again.FlushAsync();
        Assert.InRange(BytesOnDisk(), 2 << 20, 4 << 20);
    }

    [Fact, Conforms("proxy", 106)]
    public async Task Usage_is_known_by_repository_also_after_a_restart()
    {
        var options = Options(_folder.Path, static options =>
        {
            options.MaxBytes = 16 << 20;
            options.Quotas["greedy.example.org"] = new RepositoryQuota { MaxBytes = 1 << 20 };
            options.Quotas["kept.example.org"] = new RepositoryQuota { FloorBytes = 15 << 20, MaxBytes = 16 << 20 };
        });
        await using (var cache = ObjectCache.Open(options))
        {
            for (int i = 0; i < 100; i++) cache.Add(Content(i, 30_000), "greedy.example.org");
            for (int i = 100; i < 110; i++) cache.Add(Content(i, 30_000), "other.example.org");
            await cache.FlushAsync();
        }

        await using var again = ObjectCache.Open(options);
        await again.FlushAsync();
        var usage = again.UsageByRepository().ToDictionary(static usage => usage.Repository, static usage => usage.Bytes);
        Assert.InRange(usage["greedy.example.org"], 900_000, 1 << 20);
        Assert.InRange(usage["other.example.org"], 300_000, 302_000);
        Assert.Equal(2, usage.Count);
    }

    public void Dispose() => _folder.Dispose();

    private long BytesOnDisk() => new DirectoryInfo(_folder.Combine("segments")).EnumerateFiles().Concat(new DirectoryInfo(_folder.Combine("objects")).EnumerateFiles("*", SearchOption.AllDirectories)).Sum(static file => file.Length);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);
}
