using BenchmarkDotNet.Attributes;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Databases;
using Microsoft.Data.Sqlite;

namespace Cvmfs.Net.Benchmarks.Catalogs;

/// <summary>Question: what does listing a catalog cost above SQLite itself? Read the ratios to <see cref="RawStep"/> and the bytes per entry.</summary>
[MemoryDiagnoser]
public class CatalogBenchmarks : IDisposable
{
    private const string EntryColumns = "hardlinks, hash, size, mode, mtime, flags, name, symlink, uid, gid, mtimens, xattr";

    private string _path = "";
    private SqliteFile? _file;
    private Catalog? _catalog;
    private SqliteConnection? _connection;
    private RepositoryPath[] _paths = [];

    [Params(100_000, 1_000_000)] // what the reference splits at; what nobody should have, and some do
    public int Entries { get; set; }

    [Params(false, true)] // rows as they were published; rows after years of changes
    public bool IsScattered { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _path = Path.GetTempFileName();
        File.WriteAllBytes(_path, GeneratedCatalog.Make(Entries, IsScattered));
        _file = SqliteFile.Open(_path);
        _catalog = Catalog.Open(_path);
        _connection = new SqliteConnection($"Data Source={_path};Mode=ReadOnly;Pooling=False");
        _connection.Open();
        _paths = [.. _catalog.ReadAllEntries().Select(entry => entry.Path)];
        new Random(7).Shuffle(_paths);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _catalog?.Dispose();
        _file?.Dispose();
        _connection?.Dispose();
        if (_path.Length > 0) File.Delete(_path);
        GC.SuppressFinalize(this);
    }

    /// <summary>Steps over the rows and takes every column, as any reader must.</summary>
    [Benchmark(Baseline = true)]
    public long RawStep()
    {
        long sum = 0;
        using var rows = _file!.Prepare($"SELECT {EntryColumns} FROM catalog");
        while (rows.Step())
        {
            sum += rows.GetInt64(0) + rows.GetBytes(1).Length + rows.GetInt64(2) + rows.GetInt64(3) + rows.GetInt64(4) + rows.GetInt64(5)
                + rows.GetBytes(6).Length + rows.GetBytes(7).Length + rows.GetInt64(8) + rows.GetInt64(9) + rows.GetInt64Or(10, 0) + rows.GetBytes(11).Length;
        }

        return sum;
    }

    /// <summary>The same with the framework's provider: what calling SQLite directly saves.</summary>
    [Benchmark]
    public long ProviderStep()
    {
        long sum = 0;
        using var command = _connection!.CreateCommand();
        command.CommandText = $"SELECT {EntryColumns} FROM catalog";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            for (int column = 0; column < 12; column++)
            {
                if (rows.IsDBNull(column)) continue;
                sum += column is 1 or 6 or 7 or 11 ? rows.GetFieldValue<byte[]>(column).Length : rows.GetInt64(column);
            }
        }

        return sum;
    }

    /// <summary>Every entry with its path, in path order.</summary>
    [Benchmark]
    public int ReadAllEntries() => _catalog!.ReadAllEntries().Count();

    /// <summary>Every object once.</summary>
    [Benchmark]
    public int ReadObjectReferences() => _catalog!.ReadObjectReferences().Count();

    /// <summary>Ten thousand paths in random order: time divided by 10,000 is one lookup.</summary>
    [Benchmark]
    public int Find10000()
    {
        int found = 0;
        for (int i = 0; i < 10_000; i++) found += _catalog!.Find(_paths[i]) is null ? 0 : 1;
        return found;
    }
}
