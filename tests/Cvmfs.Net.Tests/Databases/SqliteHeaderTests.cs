using System.Buffers.Binary;
using Cvmfs.Net.Databases;

namespace Cvmfs.Net.Tests.Databases;

public sealed class SqliteHeaderTests
{
    private static byte[] Sound() => SyntheticDatabase.Make("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)");

    private static CvmfsFormatException Refusal(byte[] image) => Assert.Throws<CvmfsFormatException>(() => SqliteFile.Open(image, "t.db").Dispose());

    [Fact]
    public void Every_prefix_of_a_database_is_refused()
    {
        byte[] image = Sound();
        for (int length = 0; length < image.Length; length++)
        {
            var refusal = Refusal(image[..length]);
            Assert.Equal("t.db", refusal.Document);
        }
    }

    [Fact]
    public void A_claim_of_four_gigabytes_is_not_believed()
    {
        byte[] image = Sound();
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(28), 0x0080_0000); // pages of 512 bytes
        Assert.Contains("4294967296", Refusal(image).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 'X', "SQLite format 3")]
    [InlineData(16, 3, "page size")]
    [InlineData(18, 3, "file format")]
    [InlineData(19, 0, "file format")]
    [InlineData(21, 63, "fractions")]
    [InlineData(47, 9, "schema format")]
    [InlineData(59, 2, "text encoding")]
    [InlineData(59, 3, "text encoding")]
    public void Names_the_byte_that_is_wrong(int at, int value, string expected)
    {
        byte[] image = Sound();
        image[at] = (byte)value;
        var refusal = Refusal(image);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(refusal.Offset);
    }

    [Fact]
    public void Refuses_a_page_that_is_cut_off()
    {
        byte[] image = [.. Sound(), 0, 0, 0];
        Assert.Contains("whole number of pages", Refusal(image).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Believes_the_length_of_the_file_where_an_old_writer_left_the_count_alone()
    {
        byte[] image = Sound();
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(28), 77);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(92), 0xffff); // the count belongs to another state of the file
        using var file = SqliteFile.Open(image, "t.db");
        using var rows = file.Prepare("SELECT a FROM t");
        Assert.True(rows.Step());
    }
}
