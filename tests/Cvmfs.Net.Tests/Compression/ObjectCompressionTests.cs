using Cvmfs.Net.Compression;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Compression;

public sealed class ObjectCompressionTests
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 500_000).Select(i => (byte)(i * i >> 7))];

    [Theory]
    [InlineData(CompressionId.Zlib)]
    [InlineData(CompressionId.None)]
    public async Task Content_survives_being_stored(CompressionId compression)
    {
        byte[] stored = ObjectCompression.Compress(compression, s_content);
        Assert.Equal(s_content, ObjectCompression.Decompress(stored, compression, s_content.Length));

        using var streamed = new MemoryStream();
        await using (var compressor = ObjectCompression.OpenCompressing(streamed, compression, leaveOpen: true))
        {
            foreach (byte[] piece in s_content.Chunk(33_333)) await compressor.WriteAsync(piece);
        }

        Assert.Equal(stored, streamed.ToArray());
        streamed.Position = 0;
        using var content = new MemoryStream();
        Assert.Equal(s_content.Length, await ObjectCompression.DecompressAsync(streamed, compression, content, s_content.Length));
        Assert.Equal(s_content, content.ToArray());
    }

    [Fact]
    [Conforms("protocol", 61)]
    public void Uncompressed_content_is_the_stored_bytes_whatever_they_look_like()
    {
        byte[] looksLikeZlib = ZlibCodec.Compress(s_content);
        Assert.Equal(looksLikeZlib, ObjectCompression.Compress(CompressionId.None, looksLikeZlib));
        Assert.Equal(looksLikeZlib, ObjectCompression.Decompress(looksLikeZlib, CompressionId.None, looksLikeZlib.Length));
        Assert.Empty(ObjectCompression.Decompress([], CompressionId.None, 0));
    }

    [Fact]
    [Conforms("protocol", 65)]
    public void Uncompressed_content_is_held_to_its_length_too()
        => Assert.Throws<CvmfsFormatException>(() => ObjectCompression.Decompress(s_content, CompressionId.None, s_content.Length - 1));

    [Theory]
    [Conforms("protocol", 62)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(255)]
    public void An_unknown_id_fails_that_object_and_says_so(byte id)
    {
        var fault = Assert.Throws<UnsupportedCompressionException>(() => ObjectCompression.Decompress(s_content, (CompressionId)id, 10, "data/ab/cd"));
        Assert.Equal((CompressionId)id, fault.Compression);
        Assert.Equal("data/ab/cd", fault.Origin);
        Assert.False(ObjectCompression.CanRead((CompressionId)id));
        Assert.Throws<UnsupportedCompressionException>(() => ObjectCompression.Compress((CompressionId)id, s_content));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_stored_stream_is_disposed_or_left_open_as_asked(bool leaveOpen)
    {
        foreach (var compression in new[] { CompressionId.Zlib, CompressionId.None })
        {
            var stored = new MemoryStream(ObjectCompression.Compress(compression, s_content));
            ObjectCompression.OpenDecompressing(stored, compression, long.MaxValue, leaveOpen: leaveOpen).Dispose();
            Assert.Equal(leaveOpen, stored.CanRead);
        }
    }

    [Fact]
    public void A_failing_disk_is_not_taken_for_damaged_bytes()
    {
        using var decoded = ObjectCompression.OpenDecompressing(new FailingStream(), CompressionId.Zlib, 100);
        Assert.Same(FailingStream.Fault, Assert.Throws<IOException>(() => decoded.ReadByte()));
    }

    private sealed class FailingStream : MemoryStream
    {
        public static IOException Fault { get; } = new("Input/output error");

        public override int Read(Span<byte> buffer) => throw Fault;
    }
}
