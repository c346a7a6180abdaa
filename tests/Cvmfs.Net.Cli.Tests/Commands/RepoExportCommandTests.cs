using System.IO.Enumeration;
using System.Runtime.Versioning;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

[UnsupportedOSPlatform("windows")]
public sealed class RepoExportCommandTests
{
    [Fact]
    public async Task Copies_content_modes_times_links_and_hard_links()
    {
        using var built = await new RepositoryBuilder()
            .File("/dir/program", "#!/bin/sh\n"u8.ToArray(), Convert.ToUInt32("4755", 8))
            .Chunked("/dir/big").File("/dir/empty", "").Link("/dir/link", "program").Link("/dir/variable", "$(WHERE:-here)/x").Special("/dir/fifo", Convert.ToUInt32("010640", 8))
            .HardLink("/dir/other", "/dir/program").Directory("/dir/sticky", Convert.ToUInt32("1777", 8)).Nested("/dir/nested").File("/dir/nested/file", "nested")
            .BuildAsync();
        using var folder = new TempFolder();
        string target = folder.Combine("copy");
        (await ExportAsync(built, "/dir", target)).Expect(0);

        Assert.Equal("#!/bin/sh\n", await File.ReadAllTextAsync(target + "/program"));
        Assert.Equal(100_000, new FileInfo(target + "/big").Length);
        Assert.Equal(0, new FileInfo(target + "/empty").Length);
        Assert.Equal("program", new FileInfo(target + "/link").LinkTarget);
        Assert.Equal("here/x", new FileInfo(target + "/variable").LinkTarget);
        Assert.Equal("nested", await File.ReadAllTextAsync(target + "/nested/file"));
        Assert.Equal(Convert.ToInt32("4755", 8), (int)File.GetUnixFileMode(target + "/program"));
        Assert.Equal(Convert.ToInt32("1777", 8), (int)File.GetUnixFileMode(target + "/sticky"));
        var modified = new DateTime(2025, 12, 24, 12, 30, 45, DateTimeKind.Utc); // the builder's
        Assert.Equal(modified, File.GetLastWriteTimeUtc(target + "/program"));
        Assert.Equal(modified, Directory.GetLastWriteTimeUtc(target + "/sticky"));
        await File.AppendAllTextAsync(target + "/other", "more");
        Assert.Equal("#!/bin/sh\nmore", await File.ReadAllTextAsync(target + "/program")); // two names of one file
    }

    [Fact]
    public async Task A_reference_repository_is_there_entry_by_entry()
    {
        using var repository = TestData.Unpack("all.example.org");
        using var folder = new TempFolder();
        string target = folder.Combine("copy");
        (await CliRun.RunAsync("repo", "export", repository.Path, "/", target, "-k", repository.PublicKeyPath)).Expect(0);
        string[] expected = [.. (await File.ReadAllLinesAsync(repository.ExpectedPath)).Select(PathOf).Where(path => path != "/").Order(StringComparer.Ordinal)];
        var found = new FileSystemEnumerable<string>(
            target, (ref FileSystemEntry entry) => entry.ToFullPath()[target.Length..], new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        string[] actual = [.. found.Order(StringComparer.Ordinal)];
        Assert.Equal(expected, actual);
        Assert.Equal(new DateTime(1969, 12, 31, 23, 59, 0, DateTimeKind.Utc), File.GetLastWriteTimeUtc(target + "/one_byte"));
    }

    [Fact]
    public async Task Exports_a_single_file()
    {
        using var built = await new RepositoryBuilder().File("/a", "content").BuildAsync();
        using var folder = new TempFolder();
        (await ExportAsync(built, "/a", folder.Combine("b"))).Expect(0);
        Assert.Equal("content", await File.ReadAllTextAsync(folder.Combine("b")));
    }

    [Fact]
    public async Task Never_writes_into_what_exists()
    {
        using var built = await new RepositoryBuilder().File("/a", "content").BuildAsync();
        using var folder = new TempFolder();
        folder.Write("there/file", "mine"u8);
        (await ExportAsync(built, "/", folder.Combine("there"))).Expect(2);
        (await ExportAsync(built, "/a", folder.Combine("there/file"))).Expect(2);
        File.CreateSymbolicLink(folder.Combine("dangling"), folder.Combine("elsewhere"));
        (await ExportAsync(built, "/", folder.Combine("dangling"))).Expect(2);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder.Combine("there/file")));
        Assert.Equal(["dangling", "there/file"], folder.Files());
    }

    [Fact]
    public async Task An_empty_folder_is_filled()
    {
        using var built = await new RepositoryBuilder().File("/a", "content").BuildAsync();
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Combine("empty"));
        (await ExportAsync(built, "/", folder.Combine("empty"))).Expect(0);
        Assert.Equal(["empty/a"], folder.Files());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../escaped")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task A_name_that_leads_elsewhere_is_refused(string hostile)
    {
        using var built = await new RepositoryBuilder().File("/dir/name", "content").BuildAsync();
        built.EditRootCatalog($"UPDATE catalog SET name = '{hostile}' WHERE name = 'name'");
        using var folder = new TempFolder();
        (await ExportAsync(built, "/dir", folder.Combine("copy"))).Expect(3);
        Assert.DoesNotContain(folder.Files(), file => !file.StartsWith("copy/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_and_a_directory_of_one_name_do_not_lead_out()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Combine("outside"));
        using var built = await new RepositoryBuilder().Link("/dir/a-link", folder.Combine("outside")).File("/dir/b/file", "content").BuildAsync();
        // The link now carries the directory's name; its row keeps its own path hash.
        built.EditRootCatalog("UPDATE catalog SET name = 'b' WHERE name = 'a-link'");
        var run = await ExportAsync(built, "/dir", folder.Combine("copy"));
        Assert.NotEqual(0, run.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Combine("outside")));
    }

    [Fact]
    public async Task A_damaged_object_ends_the_export_with_3()
    {
        using var built = await new RepositoryBuilder().Files("/dir", 30).BuildAsync();
        built.FlipByte(built.KeyOf("/dir/0017"));
        using var folder = new TempFolder();
        (await ExportAsync(built, "/", folder.Combine("copy"))).Expect(3);
    }

    [Fact]
    public async Task Devices_and_sockets_are_left_out_and_told()
    {
        using var built = await new RepositoryBuilder().File("/a", "content").Special("/device", Convert.ToUInt32("020666", 8), 259).BuildAsync();
        using var folder = new TempFolder();
        var run = await ExportAsync(built, "/", folder.Combine("copy"));
        Assert.Contains("/device", run.Expect(7).Error, StringComparison.Ordinal);
        Assert.Equal(["copy/a"], folder.Files());
    }

    private static Task<CliRun> ExportAsync(BuiltRepository built, string path, string target)
        => CliRun.RunAsync("repo", "export", built.Path, path, target, "--root-hash", built.Manifest.RootCatalog.ToString());

    private static string PathOf(string line)
    {
        using var json = System.Text.Json.JsonDocument.Parse(line);
        return json.RootElement.GetProperty("path").GetString()!;
    }
}
