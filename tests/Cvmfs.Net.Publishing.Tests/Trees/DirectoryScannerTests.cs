using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Trees;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Publishing.Tests.Trees;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed partial class DirectoryScannerTests
{
    [Fact]
    public async Task Publishes_a_directory_as_it_is()
    {
        using var source = new TempFolder();
        source.Write("bin/tool", "#!/bin/sh\n"u8);
        source.Write("data/empty", []);
        source.Write("data/other", "x"u8);
        source.Write("pkg/.cvmfscatalog", []);
        source.Write("pkg/file", "in a nested catalog"u8);
        File.SetUnixFileMode(source.Combine("bin/tool"), (UnixFileMode)0x9ED); // 04755
        File.CreateSymbolicLink(source.Combine("link"), "../$(NAME)/x");
        Run("ln", source.Combine("data/other"), source.Combine("data/again"));
        Run("ln", source.Combine("data/other"), source.Combine("bin/elsewhere"));
        Run("mkfifo", source.Combine("pipe"));
        Run("touch", "-d", "@-60.5", source.Combine("data/empty"));
        SetAttribute(source.Combine("bin/tool"), "user.test", "value"u8.ToArray());
        SetAttribute(source.Combine("bin/tool"), "user.other", []);

        using var repository = await new RepositoryBuilder().BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        var report = await publisher.CommitTreeAsync(source.Path);

        Assert.Equal(2, report.CatalogsWritten);
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
        using var catalog = repository.OpenCatalog();
        var tool = Find("/bin/tool");
        Assert.Equal((0x89EDu, 10L), (tool.Mode, tool.Size));
        Assert.Equal("0102" + "0a00757365722e6f74686572" + "0905757365722e7465737476616c7565", Convert.ToHexStringLower(tool.RawXattrs.Span));
        Assert.Equal((-61L, 500_000_000), (Find("/data/empty").MTimeSeconds, Find("/data/empty").MTimeNanoseconds));
        Assert.Equal("../$(NAME)/x", Encoding.UTF8.GetString(Find("/link").SymlinkTarget.Span));
        Assert.Equal(EntryKind.Fifo, Find("/pipe").Kind);
        Assert.Equal((1u, 2u), (Find("/data/again").HardlinkGroup, Find("/data/again").LinkCount));
        Assert.Equal((0u, 1u), (Find("/bin/elsewhere").HardlinkGroup, Find("/bin/elsewhere").LinkCount));
        Assert.Equal((EntryFlags)3, Find("/pkg").Flags);

        Assert.Equal(PublishOutcome.Unchanged, (await publisher.CommitTreeAsync(source.Path)).Outcome);

        CatalogEntry Find(string path) => catalog.Find(RepositoryPath.Parse(path)) ?? throw new InvalidOperationException($"no {path}");
    }

    [Fact]
    public async Task Publishes_names_that_are_no_text()
    {
        using var source = new TempFolder();
        byte[] name = [.. Encoding.UTF8.GetBytes(source.Path), (byte)'/', (byte)'b', 0xE4, 0xFF, 0];
        Assert.Equal(0, MakeDirectory(name, 0x1ED));
        Assert.Equal(0, MakeNode([.. name[..^1], .. "/f"u8, 0], 0x81A4, 0));

        using var repository = await new RepositoryBuilder().BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        await publisher.CommitTreeAsync(source.Path);

        using var catalog = repository.OpenCatalog();
        Assert.NotNull(catalog.Find(RepositoryPath.FromBytes([(byte)'/', (byte)'b', 0xE4, 0xFF, (byte)'/', (byte)'f'])));
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
    }

    [Fact]
    public async Task Publishes_devices_where_they_can_be_made()
    {
        using var source = new TempFolder();
        if (MakeNode(Encoding.UTF8.GetBytes(source.Combine("null") + '\0'), 0x21B6, 0x103) != 0) Assert.Skip("device nodes need the privilege to make them");
        using var repository = await new RepositoryBuilder().BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        await publisher.CommitTreeAsync(source.Path);

        using var catalog = repository.OpenCatalog();
        var entry = catalog.Find(RepositoryPath.Parse("/null"))!;
        Assert.Equal((EntryKind.CharacterDevice, 0x103UL, (EntryFlags)20), (entry.Kind, entry.DeviceNumber, entry.Flags));
    }

    [Fact]
    public async Task Writes_the_owners_that_it_was_told()
    {
        using var source = new TempFolder();
        source.Write("a/f", "x"u8);
        using var repository = await new RepositoryBuilder().BuildAsync();
        var options = new PublisherOptions { Owners = OwnerMap.Everything(1234, 5678), RecordNanoseconds = false };
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, options, repository.Clock);
        await publisher.CommitTreeAsync(source.Path);

        using var catalog = repository.OpenCatalog();
        Assert.All(catalog.ReadAllEntries(), entry => Assert.Equal((1234u, 5678u, null), (entry.Entry.Uid, entry.Entry.Gid, entry.Entry.MTimeNanoseconds)));
    }

    [Fact]
    public async Task Says_that_a_directory_is_missing()
    {
        using var repository = await new RepositoryBuilder().BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);

        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => publisher.CommitTreeAsync("/does/not/exist"));
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static void SetAttribute(string path, string name, byte[] value)
    {
        if (SetXattr(path, name, value, (nuint)value.Length, 0) != 0) Assert.Skip("the temporary folder's file system keeps no extended attributes");
    }

    [LibraryImport("libc", EntryPoint = "lsetxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetXattr(string path, string name, byte[] value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "mkdir")]
    private static partial int MakeDirectory(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "mknod")]
    private static partial int MakeNode(byte[] path, uint mode, ulong device);
}
