using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Documents;

public sealed class GeoAnswerTests
{
    [Theory]
    [InlineData("3,1,2\n", new[] { 2, 0, 1 })]
    [InlineData("1\n", new[] { 0 })]
    [InlineData("2,1", new[] { 1, 0 })]
    [Conforms("protocol", 127)]
    public void Reads_permutations(string body, int[] expected)
    {
        Assert.True(GeoAnswer.TryParse(Encoding.ASCII.GetBytes(body), expected.Length, out var order));
        Assert.Equal(expected, order);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("1,2\n")]
    [InlineData("1,2,3,4\n")]
    [InlineData("1,2,2\n")]
    [InlineData("0,1,2\n")]
    [InlineData("1,2,4\n")]
    [InlineData("1,,2\n")]
    [InlineData("1,2,3,\n")]
    [InlineData("1, 2, 3\n")]
    [InlineData("1,2,x\n")]
    [InlineData("-1,2,3\n")]
    [InlineData("1,2,3\r\n")]
    [InlineData("1,2,99999999999999999999\n")]
    [InlineData("Bad Request: no server addr found in database\n")]
    [Conforms("protocol", 127)]
    public void Refuses_everything_else_and_keeps_the_order(string body)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(body);
        Assert.False(GeoAnswer.TryParse(bytes, 3, out var order));
        Assert.Empty(order);
        Assert.Equal(["a", "b", "c"], GeoAnswer.Apply(["a", "b", "c"], bytes));
    }

    [Fact]
    public void Brings_hosts_into_order_and_writes_what_it_reads()
    {
        Assert.Equal(["c", "a", "b"], GeoAnswer.Apply(["a", "b", "c"], "3,1,2\n"u8));
        Assert.Equal("3,1,2\n", Encoding.ASCII.GetString(GeoAnswer.Format([2, 0, 1])));
        Assert.False(GeoAnswer.TryParse("\n"u8, 0, out _));
    }

    [Fact]
    public void Random_answers_are_permutations_or_refused()
        => Properties.Hold<byte[], int>((bytes, count) =>
        {
            byte[] body = [.. bytes.Select(value => "0123456789,\n "u8[value % 13])];
            int hosts = (count & 7) + 1;
            if (GeoAnswer.TryParse(body, hosts, out var order)) Assert.Equal(Enumerable.Range(0, hosts), order.Order());
        });
}
