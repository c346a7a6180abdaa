using Cvmfs.Net.Testing;
using Microsoft.Data.Sqlite;

namespace Cvmfs.Net.Tests.Databases;

/// <summary>Databases made with another library than the one under test.</summary>
internal static class SyntheticDatabase
{
    /// <summary>Runs statements on an empty database and returns the file.</summary>
    public static byte[] Make(params string[] statements) => Make(512, statements);

    /// <summary>As above, with a page size: small pages give a deep tree in a small file.</summary>
    public static byte[] Make(int pageBytes, params string[] statements)
    {
        using var folder = new TempFolder();
        string path = folder.Combine("made.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            foreach (string sql in (string[])[$"PRAGMA page_size = {pageBytes}", "PRAGMA journal_mode = OFF", .. statements])
            {
                using var command = connection.CreateCommand();
                command.CommandText = sql;
                command.ExecuteNonQuery();
            }
        }

        return File.ReadAllBytes(path);
    }
}
