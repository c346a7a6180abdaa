using Cvmfs.Net.Compression;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Compression;

/// <summary>The frames were made with the zstd command line tool, 1.5.4.</summary>
public sealed class ZstdTests
{
    // printf 'Hello, CernVM-FS!\n' | zstd -3 --check
    private const string HelloFrame = "28b52ffd045891000048656c6c6f2c204365726e564d2d4653210ab6736ce3";

    // head -c 1000000 /dev/zero | zstd -3 --check
    private const string MillionZeros = "28b52ffd04585400001000000100fbff39c00202001000020010000200100002001000020010000200100003120a00ccaeca39";

    // Begins head -c 200000000 /dev/zero | zstd --ultra -22 --zstd=wlog=27 --no-check, and announces a window of 128 MiB.
    private const string HugeWindow = "28b52ffd00884c000008000100fcff3910020200";

    public ZstdTests() => Assert.SkipUnless(ObjectCompression.CanRead(CompressionId.Zstd), "libzstd is not installed");

    [Fact]
    public void A_frame_is_read()
        => Assert.Equal("Hello, CernVM-FS!\n"u8.ToArray(), Read(Convert.FromHexString(HelloFrame), 18));

    [Fact]
    public void Content_is_held_to_its_length()
    {
        Assert.Equal(1_000_000, Read(Convert.FromHexString(MillionZeros), 1_000_000).Length);
        Assert.Throws<CvmfsFormatException>(() => Read(Convert.FromHexString(MillionZeros), 999_999));
    }

    [Fact]
    public void Every_cut_short_frame_fails()
    {
        byte[] frame = Convert.FromHexString(HelloFrame);
        for (int length = 0; length < frame.Length; length++)
        {
            Assert.Throws<CvmfsFormatException>(() => Read(frame[..length], 1000));
        }
    }

    [Fact]
    public async Task A_frame_is_read_byte_by_byte_and_asynchronously()
    {
        using var stored = new TrickleStream(Convert.FromHexString(HelloFrame));
        Assert.Equal(18, await ObjectCompression.DecompressAsync(stored, CompressionId.Zstd, Stream.Null, 18));
    }

    [Fact]
    public void Damaged_content_fails_by_its_checksum()
    {
        byte[] frame = Convert.FromHexString(HelloFrame);
        frame[12] ^= 1;
        Assert.Throws<CvmfsFormatException>(() => Read(frame, 1000));
    }

    [Fact]
    public void A_frame_that_wants_a_huge_window_is_refused()
    {
        var fault = Assert.Throws<CvmfsFormatException>(() => Read(Convert.FromHexString(HugeWindow), 1 << 30));
        Assert.Contains("memory", fault.InnerException?.Message);
    }

    [Fact]
    public void Bytes_behind_the_frame_are_tolerated_by_readers_and_refused_on_request()
    {
        byte[] stored = [.. Convert.FromHexString(HelloFrame), 1, 2, 3];
        Assert.Equal(18, Read(stored, 18).Length);
        Assert.Throws<CvmfsFormatException>(() => ObjectCompression.Decompress(stored, CompressionId.Zstd, new DecodingLimits(18, RefuseTrailingBytes: true)));
    }

    [Fact]
    public void Random_bytes_behind_the_magic_end_in_a_typed_exception_or_bounded_content() => Properties.Hold((byte[] bytes) =>
    {
        try
        {
            return Read([0x28, 0xb5, 0x2f, 0xfd, .. bytes], 5000).Length <= 5000;
        }
        catch (CvmfsFormatException)
        {
            return true;
        }
    });

    private static byte[] Read(byte[] stored, long maxBytes) => ObjectCompression.Decompress(stored, CompressionId.Zstd, maxBytes);
}
