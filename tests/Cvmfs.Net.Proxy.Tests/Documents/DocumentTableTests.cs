using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Documents;

public sealed class DocumentTableTests
{
    [Fact, Conforms("proxy", 89)]
    public void Keeps_what_is_in_use_when_many_new_names_come()
    {
        var table = new DocumentTable(100, 1 << 20);
        for (int at = 0; at < 50; at++) table.Set($"used{at}", Document(10));
        for (int at = 0; at < 10_000; at++)
        {
            table.Set($"once{at}", Document(10));
            Assert.NotNull(table.Find($"used{at % 50}"));
            Assert.True(table.Count <= 100);
        }
    }

    [Fact, Conforms("proxy", 89)]
    public void Stays_within_its_bytes()
    {
        var table = new DocumentTable(1000, 100_000);
        for (int at = 0; at < 200; at++)
        {
            table.Set($"n{at % 40}", Document(at * 100));
            Assert.True(table.Bytes <= 100_000, $"{table.Bytes} bytes after {at}");
        }

        table.RemoveWhere(static _ => true);
        Assert.Equal((0, 0L), (table.Count, table.Bytes));
    }

    [Fact]
    public void Holds_whatever_the_order_of_use() => Properties.Hold((byte[] steps) =>
    {
        var table = new DocumentTable(5, 10_000);
        foreach (byte step in steps)
        {
            string name = $"n{step % 16}";
            if (step < 128) table.Set(name, Document(step * 20));
            else if (step < 250) table.Find(name);
            else table.RemoveWhere(static document => document.Body.Length > 1000);
            if (table.Count > 5 || (table.Bytes > 10_000 && table.Count > 1)) return false;
            if (step < 128 && table.Find(name) is null) return false;
        }

        return table.ToList().Count == table.Count;
    }, cases: 2000);

    private static CachedDocument Document(int bytes) => new()
    {
        Kind = RequestKind.Geo,
        Repository = "",
        Status = 200,
        Body = new byte[bytes],
        AgeOnArrival = default,
        ArrivedAt = 0,
        Lifetime = new(TimeSpan.FromHours(1)),
    };
}
