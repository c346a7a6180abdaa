using Cvmfs.Net.Compression;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Tests.Objects;

public sealed class MetadataObjectTests
{
    [Theory]
    [InlineData("78 9c 03 00", ObjectSuffix.Catalog, CompressionId.Zlib)]
    [InlineData("78 01", ObjectSuffix.Certificate, CompressionId.Zlib)]
    [InlineData("28 b5 2f fd", ObjectSuffix.History, CompressionId.Zstd)]
    [InlineData("53 51 4c 69", ObjectSuffix.Catalog, CompressionId.None)]
    [InlineData("53 51 4c 69", ObjectSuffix.History, CompressionId.None)]
    [InlineData("2d 2d 2d 2d", ObjectSuffix.Certificate, CompressionId.None)]
    [InlineData("7b 22", ObjectSuffix.MetaInfo, CompressionId.None)]
    [InlineData("7b 22", ObjectSuffix.Catalog, CompressionId.Zlib)]      // JSON is no catalog
    [InlineData("53 51 4c 69", ObjectSuffix.None, CompressionId.Zlib)]   // for files the catalog says it, nobody guesses
    [InlineData("28 b5", ObjectSuffix.Catalog, CompressionId.Zlib)]
    [InlineData("", ObjectSuffix.Catalog, CompressionId.Zlib)]
    public void The_first_bytes_tell(string start, ObjectSuffix suffix, CompressionId expected)
        => Assert.Equal(expected, MetadataObject.Guess(Convert.FromHexString(start.Replace(" ", "", StringComparison.Ordinal)), suffix));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Plain_and_compressed_metadata_are_read_alike(bool compressed)
    {
        byte[] content = "{\"administrator\":\"x\"}"u8.ToArray();
        byte[] stored = compressed ? ZlibCodec.Compress(content) : content;
        Assert.Equal(content, MetadataObject.Decompress(stored, ObjectSuffix.MetaInfo, 100));
        using var streamed = new MemoryStream();
        Assert.Equal(content.Length, await MetadataObject.DecompressAsync(new MemoryStream(stored), ObjectSuffix.MetaInfo, streamed, 100));
        Assert.Equal(content, streamed.ToArray());
        Assert.Throws<CvmfsFormatException>(() => MetadataObject.Decompress(stored, ObjectSuffix.MetaInfo, 5));
    }

    [Fact]
    public void Nothing_at_all_is_a_cut_short_stream()
        => Assert.Throws<CvmfsFormatException>(() => MetadataObject.Decompress([], ObjectSuffix.Catalog, 100));
}
