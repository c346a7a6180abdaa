using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Repositories;

public sealed class RepositoryFileStreamTests : IAsyncLifetime
{
    private const string Path = "/big.bin";
    private const int Bytes = 300_000;
    private static readonly byte[] s_content = RandomBytes(Bytes);
    private BuiltRepository _built = null!;
    private CountingSource _source = null!;
    private CvmfsRepository _repository = null!;

    public async ValueTask InitializeAsync()
    {
        _built = await new RepositoryBuilder().File(Path, s_content).File("/small", "twelve bytes").File("/empty", "").BuildAsync();
        _source = new CountingSource(_built.Path);
        _repository = await CvmfsRepository.OpenAsync(_source, new CvmfsRepositoryOptions { Keys = _built.TrustedKeys, TimeProvider = _built.Clock });
    }

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _built.Dispose();
    }

    [Fact]
    [Conforms("protocol", 79), Conforms("protocol", 81)]
    public async Task Copies_a_chunked_file_whole()
    {
        await using var stream = await OpenAsync();
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        Assert.Equal(s_content, copy.ToArray());
        Assert.Equal(Bytes, stream.Length);
    }

    [Fact]
    public async Task Fetches_nothing_before_the_first_read()
    {
        await using var stream = await OpenAsync();
        stream.Position = Bytes / 2;
        Assert.DoesNotContain(_source.Asked, key => key.Suffix == ObjectSuffix.Partial);
    }

    [Fact]
    public async Task Fetches_only_the_chunk_that_is_read()
    {
        var chunks = Chunks();
        var wanted = chunks[chunks.Count / 2];
        await using var stream = await OpenAsync();
        stream.Position = wanted.Offset + 10;
        byte[] buffer = new byte[100];
        await stream.ReadExactlyAsync(buffer);
        Assert.Equal(s_content[((int)wanted.Offset + 10)..][..100], buffer);
        Assert.Equal([new ObjectKey(wanted.Hash, ObjectSuffix.Partial)], _source.Asked.Where(key => key.Suffix == ObjectSuffix.Partial));
    }

    [Fact]
    public async Task A_read_across_a_boundary_fetches_both_chunks_and_no_third()
    {
        var chunks = Chunks();
        await using var stream = await OpenAsync();
        stream.Position = chunks[3].Offset - 5;
        byte[] buffer = new byte[10];
        await stream.ReadExactlyAsync(buffer);
        Assert.Equal(s_content[((int)chunks[3].Offset - 5)..][..10], buffer);
        Assert.Equal(2, _source.Asked.Count(key => key.Suffix == ObjectSuffix.Partial));
    }

    [Fact]
    public async Task Random_seeks_and_reads_equal_the_content()
    {
        await using var stream = await OpenAsync();
        Properties.Hold((int at, ushort count) =>
        {
            long offset = Math.Abs((long)at * 7919) % (Bytes + 1000);
            stream.Seek(offset, SeekOrigin.Begin);
            byte[] buffer = new byte[count % 5000];
            int read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            int expected = (int)Math.Clamp(Bytes - offset, 0, buffer.Length);
            return read == expected && stream.Position == offset + read
                && buffer.AsSpan(0, read).SequenceEqual(s_content.AsSpan((int)Math.Min(offset, Bytes), read));
        }, cases: 2000);
    }

    [Fact]
    public async Task Seeks_from_start_position_and_end()
    {
        await using var stream = await OpenAsync();
        Assert.Equal(10, stream.Seek(10, SeekOrigin.Begin));
        Assert.Equal(15, stream.Seek(5, SeekOrigin.Current));
        Assert.Equal(Bytes - 3, stream.Seek(-3, SeekOrigin.End));
        Assert.Equal(s_content[^3], stream.ReadByte());
        Assert.Throws<IOException>(() => stream.Seek(-1, SeekOrigin.Begin));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
    }

    [Fact]
    public async Task Reading_behind_the_end_gives_nothing()
    {
        await using var stream = await OpenAsync();
        stream.Position = Bytes + 1;
        Assert.Equal(0, await ReadSomeAsync(stream, new byte[10]));
        Assert.Equal(-1, stream.ReadByte());
    }

    [Fact]
    public async Task An_empty_file_is_empty_and_asks_nobody()
    {
        await using var stream = await _repository.OpenReadAsync(RepositoryPath.Parse("/empty"));
        int before = _source.Asked.Count;
        Assert.Equal(0, stream.Length);
        Assert.Equal(0, await ReadSomeAsync(stream, new byte[10]));
        Assert.Equal(before, _source.Asked.Count);
    }

    [Fact]
    [Conforms("protocol", 8)]
    public async Task Not_one_byte_of_a_damaged_chunk_is_handed_out()
    {
        var second = Chunks()[1];
        _built.FlipByte(new ObjectKey(second.Hash, ObjectSuffix.Partial));
        await using var stream = await OpenAsync();
        byte[] first = new byte[second.Offset];
        await stream.ReadExactlyAsync(first);
        byte[] untouched = new byte[16];
        var refused = await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await ReadSomeAsync(stream, untouched));
        Assert.Equal(second.Hash, refused.Expected.Hash);
        Assert.Equal(new byte[16], untouched);
    }

    [Fact]
    public async Task The_rest_of_a_file_with_a_damaged_chunk_can_be_read()
    {
        var chunks = Chunks();
        _built.FlipByte(new ObjectKey(chunks[1].Hash, ObjectSuffix.Partial));
        await using var stream = await OpenAsync();
        stream.Position = chunks[1].Offset;
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await ReadSomeAsync(stream, new byte[1]));
        stream.Position = chunks[2].Offset;
        Assert.Equal(s_content[chunks[2].Offset], stream.ReadByte());
    }

    [Fact]
    public async Task A_disposed_stream_refuses_to_read()
    {
        var stream = await OpenAsync();
        await stream.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ReadSomeAsync(stream, new byte[1]));
        Assert.False(stream.CanRead);
    }

    [Fact]
    public async Task Giving_up_a_read_leaves_the_stream_usable()
    {
        await using var stream = await OpenAsync();
        var gate = new TaskCompletionSource();
        _source.BeforeObject = _ => gate.Task;
        using var gone = new CancellationTokenSource();
        var reading = ReadSomeAsync(stream, new byte[4], gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        gate.SetResult();
        Assert.Equal(s_content[0], stream.ReadByte());
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(20260101).NextBytes(bytes);
        return bytes;
    }

    private static async Task<int> ReadSomeAsync(Stream stream, byte[] buffer, CancellationToken cancellationToken = default)
        => await stream.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false, cancellationToken);

    private Task<RepositoryFileStream> OpenAsync() => _repository.OpenReadAsync(RepositoryPath.Parse(Path));

    private IReadOnlyList<FileChunk> Chunks()
    {
        using var catalog = _built.OpenCatalog();
        var chunks = catalog.Chunks(RepositoryPath.Parse(Path));
        Assert.True(chunks.Count > 10, $"{chunks.Count} chunks are too few for these tests");
        return chunks;
    }
}
