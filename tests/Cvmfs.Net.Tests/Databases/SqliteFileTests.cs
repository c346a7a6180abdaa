using Cvmfs.Net.Databases;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Databases;

public sealed class SqliteFileTests
{
    private static readonly string[] s_threeRows = ["CREATE TABLE t (a INTEGER, b TEXT, c BLOB)", "INSERT INTO t VALUES (1, 'one', x'00ff'), (-2, NULL, x''), (3, CAST(x'66ff00' AS TEXT), NULL)"];

    [Fact]
    public void Reads_numbers_and_bytes_as_they_are_stored()
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make(s_threeRows), "t.db");
        using var rows = file.Prepare("SELECT a, b, c FROM t ORDER BY rowid");
        Assert.True(rows.Step());
        Assert.Equal(1, rows.GetInt64(0));
        Assert.Equal("one", rows.GetString(1));
        Assert.Equal([0x00, 0xff], rows.GetBytes(2).ToArray());
        Assert.True(rows.Step());
        Assert.Equal(-2, rows.GetInt64(0));
        Assert.True(rows.IsNull(1));
        Assert.Empty(rows.GetBytes(1).ToArray());
        Assert.False(rows.IsNull(2));
        Assert.True(rows.Step());
        Assert.Equal([0x66, 0xff, 0x00], rows.GetBytes(1).ToArray());
        Assert.Equal([0x66, 0xff], rows.GetName(1).ToArray()); // cut at NUL
        Assert.False(rows.Step());
        Assert.False(rows.Step()); // and stays at the end
    }

    [Theory]
    [InlineData("SELECT b FROM t WHERE a = 1", "text, not an integer")]
    [InlineData("SELECT c FROM t WHERE a = 1", "a BLOB, not an integer")]
    [InlineData("SELECT 1.5", "a fraction, not an integer")]
    [InlineData("SELECT b FROM t WHERE a = -2", "NULL, not an integer")]
    public void Refuses_a_value_that_is_no_integer(string sql, string expected)
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make(s_threeRows), "t.db");
        using var rows = file.Prepare(sql);
        rows.Step();
        Assert.Contains(expected, Assert.Throws<CvmfsFormatException>(() => rows.GetInt64(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("protocol", 66)]
    public void Opens_read_only_and_leaves_nothing_beside_the_file()
    {
        using var folder = new TempFolder();
        string path = folder.Write("a ?#% b/t.db", SyntheticDatabase.Make(s_threeRows));
        byte[] before = File.ReadAllBytes(path);
        using (var file = SqliteFile.Open(path))
        {
            using var rows = file.Prepare("SELECT count(*) FROM t");
            Assert.True(rows.Step());
            Assert.Equal(3, rows.GetInt64(0));
            Assert.ThrowsAny<Exception>(() => file.Execute("INSERT INTO t VALUES (4, NULL, NULL)"));
            Assert.Equal(["a ?#% b/t.db"], folder.Files());
        }

        Assert.Equal(["a ?#% b/t.db"], folder.Files());
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Reads_a_file_whose_header_speaks_of_a_write_ahead_log()
    {
        byte[] image = SyntheticDatabase.Make(s_threeRows);
        image[18] = image[19] = 2;
        using var folder = new TempFolder();
        using var inMemory = SqliteFile.Open(image, "t.db");
        using var onDisk = SqliteFile.Open(folder.Write("t.db", image));
        foreach (var file in new[] { inMemory, onDisk })
        {
            using var rows = file.Prepare("SELECT count(*) FROM t");
            Assert.True(rows.Step());
            Assert.Equal(3, rows.GetInt64(0));
        }

        Assert.Equal(["t.db"], folder.Files());
    }

    [Fact]
    public void A_missing_file_is_an_ordinary_io_error()
    {
        using var folder = new TempFolder();
        Assert.Throws<FileNotFoundException>(() => SqliteFile.Open(folder.Combine("nowhere.db")));
    }

    [Fact]
    public void Cancels_in_the_middle_of_one_step()
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make(s_threeRows), "t.db");
        using var rows = file.Prepare("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => rows.Step(cancelled.Token));
    }

    [Fact]
    public void Ends_a_query_that_works_more_than_the_file_can_cause()
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make(s_threeRows), "t.db");
        using var rows = file.Prepare("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
        Assert.Contains("no tree", Assert.Throws<CvmfsFormatException>(() => rows.Step()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_a_query_that_yields_more_rows_than_the_file_can_hold()
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make(s_threeRows), "t.db");
        using var rows = file.Prepare("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
        Assert.Throws<CvmfsFormatException>(() =>
        {
            while (rows.Step()) { }
        });
    }

    [Fact]
    public void Ends_a_query_that_yields_more_bytes_than_the_file_has()
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make(s_threeRows), "t.db");
        using var rows = file.Prepare("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(1000) FROM n");
        int read = 0;
        Assert.Throws<CvmfsFormatException>(() =>
        {
            while (rows.Step()) read += rows.GetBytes(0).Length;
        });
        Assert.InRange(read, 1000, 4 * file.Length);
    }

    [Theory]
    [InlineData("CREATE VIEW t AS SELECT 1 AS a, 2 AS b", "no table t")]
    [InlineData("CREATE VIRTUAL TABLE t USING fts5(a, b)", "no table t")]
    [InlineData("CREATE TABLE t (a INTEGER)", "no column b")]
    [InlineData("CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL)", "computed")]
    [InlineData("CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED)", "computed")]
    public void Refuses_what_only_looks_like_the_table(string sql, string expected)
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make(sql), "t.db");
        Assert.Contains(expected, Assert.Throws<CvmfsFormatException>(() => file.RequireTable("t", "a", "b")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Does_not_run_views()
    {
        using var file = SqliteFile.Open(SyntheticDatabase.Make("CREATE TABLE u (a)", "CREATE VIEW t AS SELECT a FROM u"), "t.db");
        Assert.Throws<CvmfsFormatException>(() => file.Prepare("SELECT a FROM t"));
    }

    [Fact]
    public void Writes_in_memory_what_another_library_reads()
    {
        using var file = SqliteFile.Create("new");
        file.Execute("CREATE TABLE t (a INTEGER, b TEXT)");
        file.Transact(() =>
        {
            using var insert = file.Prepare("INSERT INTO t VALUES (?1, ?2)");
            for (int i = 0; i < 100; i++) insert.Bind(1, i).BindText(2, $"row {i}").Run();
        });
        using var folder = new TempFolder();
        string path = folder.Write("t.db", file.ToArray());
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sum(a) || ' ' || max(b) FROM t";
        Assert.Equal("4950 row 99", command.ExecuteScalar());
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", command.ExecuteScalar());
    }

    [Fact]
    public void A_transaction_that_throws_leaves_no_trace()
    {
        using var file = SqliteFile.OpenWritable(SyntheticDatabase.Make(s_threeRows), "t.db");
        Assert.Throws<InvalidOperationException>(() => file.Transact(() =>
        {
            file.Execute("DELETE FROM t");
            throw new InvalidOperationException("on purpose");
        }));
        using var rows = file.Prepare("SELECT count(*) FROM t");
        Assert.True(rows.Step());
        Assert.Equal(3, rows.GetInt64(0));
    }

    [Fact]
    public void A_violated_constraint_is_misuse_and_not_bad_bytes()
    {
        using var file = SqliteFile.Create("new");
        file.Execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        file.Execute("INSERT INTO t VALUES (1)");
        Assert.Throws<InvalidOperationException>(() => file.Execute("INSERT INTO t VALUES (1)"));
    }

    [Fact]
    public void Statements_outlive_their_file_without_harm()
    {
        var file = SqliteFile.Open(SyntheticDatabase.Make(s_threeRows), "t.db");
        var rows = file.Prepare("SELECT a, b FROM t");
        Assert.True(rows.Step());
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => rows.Step());
        Assert.Throws<ObjectDisposedException>(() => file.Prepare("SELECT 1"));
        rows.Dispose();
        Assert.True(rows.IsNull(0));
        Assert.Throws<ObjectDisposedException>(() => rows.Bind(1, 1));
    }
}
