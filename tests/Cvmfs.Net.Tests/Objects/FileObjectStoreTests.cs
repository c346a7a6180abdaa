using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Objects;

public sealed class FileObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private static readonly byte[] s_content = "some stored bytes"u8.ToArray();
    private static readonly ObjectKey s_key = new(ContentHash.Compute(HashAlgorithmId.Sha1, s_content), ObjectSuffix.Partial);

    private readonly TempFolder _folder = new();
    private readonly FileObjectStore _store;

    public FileObjectStoreTests() => _store = new FileObjectStore(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Conforms("protocol", 9)]
    public async Task An_object_is_one_file_with_exactly_its_bytes_where_the_layout_says()
    {
        await _store.PutAsync(s_key, s_content);
        string hash = s_key.Hash.ToString();
        string path = $"data/{hash[..2]}/{hash[2..]}P";
        Assert.Equal([path], _folder.Files());
        Assert.Equal(s_content, File.ReadAllBytes(_folder.Combine(path)));
        Assert.Equal(_folder.Combine(path), _store.PathOf(s_key));
    }

    [Fact]
    public async Task Objects_are_readable_for_the_web_server()
    {
        await _store.PutAsync(s_key, s_content);
        await using var writer = await _store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None);
        await writer.WriteAsync(s_content);
        await using var staged = await writer.CompleteAsync();
        await staged.CommitAsync();
        string probe = _folder.Write("probe", s_content); // 0666 less the umask
        if (OperatingSystem.IsWindows()) return;
        foreach (var key in new[] { s_key, staged.Key }) Assert.Equal(File.GetUnixFileMode(probe), File.GetUnixFileMode(_store.PathOf(key)));
    }

    [Fact]
    [Conforms("protocol", 50)]
    public async Task While_it_grows_an_object_is_in_the_transaction_folder_only()
    {
        await using var writer = await _store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None);
        await writer.WriteAsync(s_content);
        await using var staged = await writer.CompleteAsync();
        string file = Assert.Single(_folder.Files());
        Assert.StartsWith("data/txn/", file);
        Assert.Empty(await KeysAsync());
        await staged.CommitAsync();
        Assert.Equal([ObjectPath.Of(staged.Key)], _folder.Files());
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task What_is_kept_staged_is_found_by_the_next_process_and_hashed_before_it_is_believed()
    {
        Assert.Null(await _store.AdoptAsync(s_key));
        await KeepAsync();
        Assert.Equal(0, _store.SweepTransactions(DateTimeOffset.MaxValue));
        Assert.False(await _store.ContainsAsync(s_key));
        var next = new FileObjectStore(_folder.Path);
        Assert.Equal([s_key], next.EnumerateStaged());
        var staged = await next.AdoptAsync(s_key);
        Assert.Equal((s_key, s_content.Length), (staged!.Key, (int)staged.Length));
        await staged.CommitAsync();
        await staged.DisposeAsync();
        Assert.True(await next.ContainsAsync(s_key));
        Assert.Empty(next.EnumerateStaged());

        string damaged = await KeepAsync();
        File.WriteAllBytes(damaged, s_content[1..]);
        Assert.Null(await next.AdoptAsync(s_key));
        Assert.False(File.Exists(damaged));
    }

    [Fact]
    [Conforms("stratum1", 14)]
    public async Task What_is_kept_staged_goes_with_its_owner_or_with_a_sweep_of_its_own()
    {
        string file = await KeepAsync();
        await using (await _store.AdoptAsync(s_key)) Assert.True(File.Exists(file));
        Assert.False(File.Exists(file));
        await KeepAsync();
        Assert.Equal(0, _store.DiscardStaged(new HashSet<ObjectKey> { s_key }));
        Assert.True(File.Exists(file));
        Assert.Equal(1, _store.DiscardStaged());
        Assert.False(Directory.Exists(Path.GetDirectoryName(file)));
        Assert.Equal(0, _store.DiscardStaged());
    }

    [Fact]
    public async Task All_folders_can_be_made_up_front()
    {
        _store.CreateFolders();
        Assert.Equal(257, Directory.GetDirectories(_folder.Combine("data")).Length);
        Assert.True(Directory.Exists(_folder.Combine("data/00")) && Directory.Exists(_folder.Combine("data/ff")));
        Assert.Empty(await KeysAsync());
        _store.CreateFolders();
    }

    [Fact]
    public async Task Syncing_stores_the_same()
    {
        var store = new FileObjectStore(_folder.Path, new FileObjectStoreOptions { Sync = SyncMode.Objects });
        await store.PutAsync(s_key, s_content);
        await using var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None);
        await writer.WriteAsync(s_content);
        await using var staged = await writer.CompleteAsync();
        await staged.CommitAsync();
        store.Flush();
        Assert.Equal(s_content, File.ReadAllBytes(store.PathOf(s_key)));
        Assert.Equal(2, (await KeysAsync()).Count);
    }

    [Fact]
    public async Task An_empty_file_is_no_object_unless_emptiness_is_its_content()
    {
        _folder.Write(ObjectPath.Of(s_key), []); // what a power loss leaves
        Assert.False(await _store.ContainsAsync(s_key));
        Assert.Null(await _store.OpenReadAsync(s_key));
        await _store.PutAsync(s_key, s_content);
        Assert.True(await _store.ContainsAsync(s_key));
        Assert.Equal(s_content, File.ReadAllBytes(_store.PathOf(s_key)));
    }

    [Fact]
    public async Task Foreign_files_are_not_listed()
    {
        await _store.PutAsync(s_key, s_content);
        string hash = s_key.Hash.ToString();
        _folder.Write("data/txn/put.left.1", s_content);
        _folder.Write("data/readme", s_content);
        _folder.Write($"data/{hash[..2]}/README", s_content);
        _folder.Write($"data/{hash[..2]}/{hash[2..]}Q", s_content);
        _folder.Write($"data/{hash[..2]}/{hash[2..].ToUpperInvariant()}", s_content);
        _folder.Write($"data/{hash[..2]}/{hash[2..]}.tmp", s_content);
        _folder.Write($"data/{hash[..2]}/{new string('a', 200)}", s_content);
        _folder.Write($"data/zz/{hash[2..]}", s_content);
        Assert.Equal([s_key], await KeysAsync());
    }

    [Fact]
    public async Task A_folder_in_the_place_of_an_object_is_reported_and_not_replaced()
    {
        Directory.CreateDirectory(_store.PathOf(s_key));
        Assert.False(await _store.ContainsAsync(s_key));
        await Assert.ThrowsAsync<IOException>(async () => await _store.OpenReadAsync(s_key));
        await Assert.ThrowsAsync<IOException>(async () => await _store.PutAsync(s_key, s_content));
        Assert.Empty(Directory.GetFiles(_folder.Combine("data/txn")));
        Assert.Empty(await KeysAsync());
    }

    [Fact]
    public async Task A_sweep_removes_what_crashed_writers_left_and_nothing_younger()
    {
        string old = _folder.Write("data/txn/put.0000.1", s_content);
        string young = _folder.Write("data/txn/put.0000.2", s_content);
        var now = DateTimeOffset.UtcNow;
        File.SetLastWriteTimeUtc(old, now.UtcDateTime.AddHours(-5));
        File.SetLastWriteTimeUtc(young, now.UtcDateTime.AddHours(-1));
        await _store.PutAsync(s_key, s_content);
        Assert.Equal(1, _store.SweepTransactions(now.AddHours(-2)));
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
        Assert.True(await _store.ContainsAsync(s_key));
        Assert.Equal(0, new FileObjectStore(_folder.Combine("nothing")).SweepTransactions(now));
    }

    [Fact]
    public async Task A_reader_keeps_its_bytes_while_the_object_is_deleted()
    {
        await _store.PutAsync(s_key, s_content);
        await using var stream = await _store.OpenReadAsync(s_key);
        Assert.True(await _store.DeleteAsync(s_key));
        byte[] read = new byte[s_content.Length];
        await stream!.ReadExactlyAsync(read);
        Assert.Equal(s_content, read);
    }

    [Fact]
    public async Task Streams_can_seek()
    {
        await _store.PutAsync(s_key, s_content);
        await using var stream = await _store.OpenReadAsync(s_key);
        Assert.Equal(s_content.Length, stream!.Length);
        stream.Seek(-5, SeekOrigin.End);
        Assert.Equal(s_content[^5], stream.ReadByte());
        stream.Position = 2;
        Assert.Equal(s_content[2], stream.ReadByte());
        stream.Position = 1000;
        Assert.Equal(-1, stream.ReadByte());
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_says_so_as_an_input_output_failure()
    {
        string file = _folder.Write("file", s_content);
        var store = new FileObjectStore(file); // a file where the repository's folder should be
        await Assert.ThrowsAnyAsync<IOException>(async () => await store.PutAsync(s_key, s_content));
        Assert.False(await store.ContainsAsync(s_key));
    }

    protected override IObjectStore Create() => _store;

    protected override bool IsTidy() => !Directory.Exists(_folder.Combine("data/txn")) || Directory.GetFiles(_folder.Combine("data/txn")).Length == 0;

    private async Task<List<ObjectKey>> KeysAsync()
    {
        var keys = new List<ObjectKey>();
        await foreach (var key in _store.EnumerateAsync()) keys.Add(key);
        return keys;
    }

    private async Task<string> KeepAsync()
    {
        await using var writer = await _store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.Partial);
        await writer.WriteAsync(s_content);
        var staged = await writer.CompleteAsync(s_key, "test");
        await staged.KeepAsync();
        await using var read = await staged.OpenReadAsync();
        Assert.Equal(s_content.Length, read.Length);
        return Assert.Single(_folder.Files(), file => file.StartsWith("data/txn/staged/", StringComparison.Ordinal)) is var file ? _folder.Combine(file) : "";
    }
}
