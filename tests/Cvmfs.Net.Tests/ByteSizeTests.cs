namespace Cvmfs.Net.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("50GB", 50_000_000_000)]
    [InlineData("512MiB", 536_870_912)]
    [InlineData("1.5 kb", 1500)]
    [InlineData("12", 12)]
    [InlineData("2PiB", 2_251_799_813_685_248)]
    [InlineData(" 7 b ", 7)]
    public void Reads_sizes_as_people_write_them(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("1e3")]
    [InlineData("99999999TB")]
    public void Refuses_what_is_no_size(string text) => Assert.False(ByteSize.TryParse(text, out _));
}
