using System.Text;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using ICSharpCode.SharpZipLib.Zip.Compression;
using ICSharpCode.SharpZipLib.Zip.Compression.Streams;

namespace Cvmfs.Net.Tests.Compression;

public sealed class ZlibCodecTests
{
    private static readonly byte[] s_hello = Encoding.ASCII.GetBytes("Hello, CernVM-FS!\n");
    private static readonly byte[] s_helloStored = Convert.FromHexString("789cf348cdc9c9d751704e2dca0bf3d5750b56e402003864055d");

    [Fact]
    [Conforms("protocol", 60)]
    public void Empty_content_is_stored_as_the_eight_bytes_everybody_stores()
    {
        Assert.Equal(Convert.FromHexString("789c030000000001"), ZlibCodec.Compress([]));
        using var stored = new MemoryStream();
        ZlibCodec.OpenCompressing(stored, leaveOpen: true).Dispose();
        Assert.Equal("e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78", ContentHash.Compute(HashAlgorithmId.Sha1, stored.ToArray()).ToString());
        Assert.Empty(ZlibCodec.Decompress(stored.ToArray(), 0));
    }

    [Fact]
    public async Task Empty_content_is_stored_the_same_when_the_stream_is_disposed_asynchronously()
    {
        using var stored = new MemoryStream();
        var compressor = ZlibCodec.OpenCompressing(stored, leaveOpen: true);
        await compressor.WriteAsync(ReadOnlyMemory<byte>.Empty);
        await compressor.FlushAsync();
        await compressor.DisposeAsync();
        Assert.Equal(Convert.FromHexString("789c030000000001"), stored.ToArray());
    }

    [Fact]
    public void What_the_reference_stored_is_read()
        => Assert.Equal(s_hello, ZlibCodec.Decompress(s_helloStored, s_hello.Length));

    [Fact]
    public void A_new_stream_begins_as_the_reference_begins_it()
        => Assert.Equal("789C", Convert.ToHexString(ZlibCodec.Compress(s_hello)[..2]));

    [Fact]
    public void The_same_content_gets_the_same_bytes_in_whatever_pieces_it_is_written()
    {
        byte[] content = [.. Enumerable.Range(0, 500_000).Select(i => (byte)(i * i >> 7))];
        byte[] whole = ZlibCodec.Compress(content);
        foreach (int piece in new[] { 1000, 33_333, 65_536, 65_537, 200_000 })
        {
            using var stored = new MemoryStream();
            using (var compressor = ZlibCodec.OpenCompressing(stored, leaveOpen: true))
            {
                foreach (byte[] part in content.Chunk(piece)) compressor.Write(part);
            }

            Assert.Equal(whole, stored.ToArray());
        }
    }

    [Fact]
    public void A_flush_does_not_change_the_bytes()
    {
        using var stored = new MemoryStream();
        using (var compressor = ZlibCodec.OpenCompressing(stored, leaveOpen: true))
        {
            compressor.Write(s_hello.AsSpan(0, 5));
            compressor.Flush();
            compressor.Write(s_hello.AsSpan(5));
        }

        Assert.Equal(ZlibCodec.Compress(s_hello), stored.ToArray());
    }

    [Theory]
    [Conforms("protocol", 58)]
    [InlineData("7801")]
    [InlineData("785e")]
    [InlineData("789c")]
    [InlineData("78da")]
    [InlineData("6881")] // a window of 16 KiB
    [InlineData("48c7")] // 4 KiB, best compression
    [InlineData("1819")] // 512 bytes
    public void Every_valid_header_is_read(string header)
    {
        byte[] stored = [.. Convert.FromHexString(header), .. s_helloStored[2..]];
        Assert.Equal(s_hello, ZlibCodec.Decompress(stored, 100));
    }

    [Fact]
    [Conforms("protocol", 58)]
    public void Every_level_of_another_deflater_is_read() => Properties.Hold(
        (byte[] content, byte level) => ZlibCodec.Decompress(OracleCompress(content, level % 10), content.Length).AsSpan().SequenceEqual(content));

    [Fact]
    public void Another_inflater_reads_what_is_written() => Properties.Hold(
        (byte[] content) => OracleDecompress(ZlibCodec.Compress(content)).AsSpan().SequenceEqual(content));

    [Fact]
    [Conforms("protocol", 59)]
    public void Every_cut_short_stream_fails_and_says_where()
    {
        foreach (byte[] stored in new[] { s_helloStored, ZlibCodec.EmptyContent.ToArray(), ZlibCodec.Compress(new byte[100_000]) })
        {
            for (int length = 0; length < stored.Length; length++)
            {
                var fault = Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(stored.AsSpan(0, length), 1_000_000, "data/ab/cd"));
                Assert.Equal("data/ab/cd", fault.Document);
                Assert.Equal(length, fault.Offset);
            }
        }
    }

    [Fact]
    [Conforms("protocol", 59)]
    public async Task Every_cut_short_stream_fails_also_when_read_in_pieces_and_asynchronously()
    {
        for (int length = 0; length < s_helloStored.Length; length++)
        {
            using var stored = new TrickleStream(s_helloStored[..length]);
            await Assert.ThrowsAsync<CvmfsFormatException>(
                async () => await ObjectCompression.DecompressAsync(stored, CompressionId.Zlib, Stream.Null, 1000));
        }

        using var whole = new TrickleStream(s_helloStored);
        using var content = new MemoryStream();
        Assert.Equal(s_hello.Length, await ObjectCompression.DecompressAsync(whole, CompressionId.Zlib, content, 1000));
        Assert.Equal(s_hello, content.ToArray());
    }

    [Fact]
    [Conforms("protocol", 59)]
    public void A_wrong_checksum_fails()
    {
        for (int i = 1; i <= 4; i++)
        {
            byte[] stored = [.. s_helloStored];
            stored[^i] ^= 0x40;
            Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(stored, 1000));
        }
    }

    [Fact]
    public void Any_flipped_bit_either_fails_or_leaves_the_content_as_it_was()
    {
        int harmless = 0;
        for (int bit = 0; bit < 8 * s_helloStored.Length; bit++)
        {
            byte[] stored = [.. s_helloStored];
            stored[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(s_hello, ZlibCodec.Decompress(stored, 1000));
                harmless++;
            }
            catch (CvmfsFormatException)
            {
                // As it should be.
            }
        }

        Assert.InRange(harmless, 0, 7); // the bits that fill up the last byte before the checksum
    }

    [Theory]
    [InlineData("1f8b0800000000000003030000000000")]                 // gzip
    [InlineData("f348cdc9c9d751704e2dca0bf3d5750b56e40200")]         // deflate without a wrapper
    [InlineData("78bb00000001f348cdc9c9d751704e2dca0bf3d5750b56e40200")] // a preset dictionary is asked for
    [InlineData("00000000")]
    [InlineData("53514c69746520666f726d61742033")]                   // plain SQLite
    public void What_is_not_a_zlib_stream_fails(string stored)
        => Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(Convert.FromHexString(stored), 1000));

    [Fact]
    public void Bytes_behind_the_stream_are_tolerated_by_readers_and_refused_on_request()
    {
        byte[] stored = [.. s_helloStored, 0];
        Assert.Equal(s_hello, ZlibCodec.Decompress(stored, 1000));
        Assert.Equal(s_hello, ZlibCodec.Decompress(s_helloStored, new DecodingLimits(1000, RefuseTrailingBytes: true)));
        foreach (int extra in new[] { 1, 2, 100, 70_000 })
        {
            byte[] longer = [.. s_helloStored, .. new byte[extra]];
            Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(longer, new DecodingLimits(1000, RefuseTrailingBytes: true)));
        }
    }

    [Fact]
    public void Two_streams_in_a_row_are_one_stream_and_garbage()
    {
        byte[] stored = [.. s_helloStored, .. s_helloStored];
        Assert.Equal(s_hello, ZlibCodec.Decompress(stored, 1000));
        Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(stored, new DecodingLimits(1000, RefuseTrailingBytes: true)));
    }

    [Fact]
    [Conforms("protocol", 65)]
    public void Content_of_the_allowed_length_is_read_and_one_byte_more_is_refused()
    {
        Assert.Equal(s_hello, ZlibCodec.Decompress(s_helloStored, s_hello.Length));
        Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(s_helloStored, s_hello.Length - 1));
        Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(s_helloStored, 0));
    }

    [Fact]
    [Conforms("protocol", 65)]
    public void A_bomb_costs_no_more_memory_than_it_may_have()
    {
        byte[] bomb = ZlibCodec.Compress(new byte[512 << 20]); // half a gigabyte of zeros in half a megabyte
        Assert.InRange(bomb.Length, 1, 4 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CvmfsFormatException>(() => ZlibCodec.Decompress(bomb, 1 << 20));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Random_bytes_end_in_a_typed_exception_or_in_bounded_content() => Properties.Hold((byte[] stored) =>
    {
        try
        {
            return ZlibCodec.Decompress(stored, 5000).Length <= 5000;
        }
        catch (CvmfsFormatException)
        {
            return true;
        }
    });

    [Fact]
    public void Random_bytes_behind_a_valid_header_end_likewise_and_as_another_inflater_ends() => Properties.Hold((byte[] deflated) =>
    {
        byte[] stored = [0x78, 0x9c, .. deflated];
        byte[]? expected = TryOracle(stored);
        try
        {
            byte[] content = ZlibCodec.Decompress(stored, 100_000);
            return expected is not null && content.AsSpan().SequenceEqual(expected);
        }
        catch (CvmfsFormatException)
        {
            return expected is null;
        }
    });

    private static byte[] OracleCompress(byte[] content, int level)
    {
        using var stored = new MemoryStream();
        using (var deflater = new DeflaterOutputStream(stored, new Deflater(level))) deflater.Write(content);
        return stored.ToArray();
    }

    private static byte[] OracleDecompress(byte[] stored)
    {
        using var inflater = new InflaterInputStream(new MemoryStream(stored));
        using var content = new MemoryStream();
        inflater.CopyTo(content);
        return content.ToArray();
    }

    private static byte[]? TryOracle(byte[] stored)
    {
        var inflater = new Inflater();
        inflater.SetInput(stored);
        byte[] content = new byte[200_000];
        try
        {
            int length = 0;
            for (int read; !inflater.IsFinished && (read = inflater.Inflate(content, length, content.Length - length)) > 0;) length += read;
            return inflater.IsFinished ? content[..length] : null;
        }
        catch (Exception fault) when (fault is ICSharpCode.SharpZipLib.SharpZipBaseException or IndexOutOfRangeException) // the latter is its bug
        {
            return null;
        }
    }
}
