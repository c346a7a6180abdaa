using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Objects;

public sealed class RootFolderTests : IDisposable
{
    private static readonly ObjectKey s_certificate = new(ContentHash.Compute(HashAlgorithmId.Sha1, "c"u8), ObjectSuffix.Certificate);

    private readonly TempFolder _folder = new();
    private readonly RootFolder _root;

    public RootFolderTests() => _root = new RootFolder(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Conforms("protocol", 50)]
    public async Task A_replaced_file_has_the_new_content_and_no_temporary_file_stays()
    {
        await _root.ReplaceAsync(RootFileNames.Manifest, "one"u8.ToArray());
        await _root.ReplaceAsync(RootFileNames.Manifest, "two, longer"u8.ToArray());
        using var third = new MemoryStream(new byte[200_000]);
        await _root.ReplaceAsync(RootFileNames.Reflog, third);
        Assert.Equal("two, longer"u8.ToArray(), await _root.ReadAsync(RootFileNames.Manifest, 100));
        Assert.Equal([".cvmfspublished", ".cvmfsreflog"], _folder.Files());
    }

    [Fact]
    [Conforms("protocol", 50)]
    public async Task A_reader_sees_one_content_or_the_other_whole()
    {
        byte[] a = Enumerable.Repeat((byte)'a', 50_000).ToArray();
        byte[] b = Enumerable.Repeat((byte)'b', 70_000).ToArray();
        var root = new RootFolder(_folder.Path, new RootFolderOptions { Sync = false });
        await root.ReplaceAsync("file", a);
        var writing = Task.Run(async () =>
        {
            for (int i = 0; i < 300; i++) await root.ReplaceAsync("file", i % 2 == 0 ? b : a);
        });
        while (!writing.IsCompleted)
        {
            byte[] seen = (await root.ReadAsync("file", 100_000))!;
            Assert.True(seen.AsSpan().SequenceEqual(a) || seen.AsSpan().SequenceEqual(b));
        }

        await writing;
    }

    [Fact]
    public async Task A_failing_stream_leaves_the_old_content_and_nothing_else()
    {
        await _root.ReplaceAsync(RootFileNames.Reflog, "old"u8.ToArray());
        await Assert.ThrowsAsync<IOException>(async () => await _root.ReplaceAsync(RootFileNames.Reflog, new FailingStream()));
        Assert.Equal("old"u8.ToArray(), await _root.ReadAsync(RootFileNames.Reflog, 100));
        Assert.Equal([".cvmfsreflog"], _folder.Files());
    }

    [Fact]
    public async Task Absence_is_null_and_false()
    {
        Assert.Null(await _root.ReadAsync(RootFileNames.Whitelist, 100));
        Assert.False(await _root.ExistsAsync(RootFileNames.Whitelist));
        Assert.False(await _root.DeleteAsync(RootFileNames.Whitelist));
        Assert.Null(await new RootFolder(_folder.Combine("nothing")).ReadAsync(RootFileNames.Whitelist, 100));
    }

    [Fact]
    public async Task A_deleted_file_is_gone()
    {
        await _root.ReplaceAsync(RootFileNames.IsSnapshotting, "now"u8.ToArray());
        Assert.True(await _root.ExistsAsync(RootFileNames.IsSnapshotting));
        Assert.True(await _root.DeleteAsync(RootFileNames.IsSnapshotting));
        Assert.Empty(_folder.Files());
    }

    [Fact]
    [Conforms("protocol", 57)]
    public async Task A_file_longer_than_the_bound_is_refused_unread()
    {
        await _root.ReplaceAsync(RootFileNames.Manifest, new byte[101]);
        await Assert.ThrowsAsync<CvmfsFormatException>(async () => await _root.ReadAsync(RootFileNames.Manifest, 100));
        Assert.Equal(101, (await _root.ReadAsync(RootFileNames.Manifest, 101))!.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("../other/.cvmfspublished")]
    [InlineData("data/ab/cd")]
    [InlineData("a\\b")]
    [InlineData("a\0")]
    [InlineData("a b")]
    [InlineData("ä")]
    public async Task Names_that_could_lead_elsewhere_are_refused(string name)
    {
        Assert.False(RootFolder.IsValidName(name));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _root.ReadAsync(name, 100));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _root.ReplaceAsync(name, "x"u8.ToArray()));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _root.DeleteAsync(name));
        Assert.Empty(_folder.Files());
    }

    [Fact]
    public void A_valid_name_never_leads_out_of_the_folder() => Properties.Hold((string name) =>
        name is null || !RootFolder.IsValidName(name) || Path.GetDirectoryName(Path.GetFullPath(Path.Combine("/srv/r", name))) == "/srv/r");

    [Fact]
    public async Task Alternative_names_are_relative_links_to_the_object_and_can_be_renewed()
    {
        var store = new FileObjectStore(_folder.Path);
        await store.PutAsync(s_certificate, "c"u8.ToArray());
        await _root.LinkAlternativeAsync(s_certificate);
        await _root.LinkAlternativeAsync(s_certificate);
        string link = _folder.Combine($".cvmfsalt-{s_certificate}");
        Assert.Equal(ObjectPath.Of(s_certificate), new FileInfo(link).LinkTarget);
        Assert.Equal("c"u8.ToArray(), File.ReadAllBytes(link));
        Assert.Equal([s_certificate], _root.Alternatives());
        Assert.Empty(Directory.GetFiles(_folder.Combine("data/txn")));
        Assert.True(await _root.DeleteAsync($".cvmfsalt-{s_certificate}"));
        Assert.Empty(_root.Alternatives());
        Assert.True(await store.ContainsAsync(s_certificate));
    }

    [Fact]
    public async Task Temporary_files_can_be_kept_elsewhere()
    {
        var root = new RootFolder(_folder.Combine("info/v1"), new RootFolderOptions { TemporaryFolder = _folder.Combine("tmp") });
        Directory.CreateDirectory(root.Location);
        await root.ReplaceAsync("meta.json", "{}"u8.ToArray());
        Assert.Equal(["info/v1/meta.json"], _folder.Files());
        Assert.False(Directory.Exists(_folder.Combine("info/v1/data")));
    }

    private sealed class FailingStream : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => _reads++ == 0 ? ValueTask.FromResult(10) : throw new IOException("broken");
    }
}
