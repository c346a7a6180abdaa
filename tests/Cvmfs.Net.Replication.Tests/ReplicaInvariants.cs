using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Microsoft.Data.Sqlite;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>Looks at a replica's folder with nothing of what made it: SQL on the databases, hashes of the files, lists of names.</summary>
internal static class ReplicaInvariants
{
    private const int ExternalFile = 128;
    private const int DirectoryFlag = 1;
    private const int FileFlag = 4;

    // Catalogs never change, so what one refers to is worked out once, however many folders hold it.
    private static readonly ConcurrentDictionary<string, string[]> s_references = new(StringComparer.Ordinal);

    /// <summary>Every object hashes to its name; every catalog that is present has all that it refers to; nothing unfinished lies about.</summary>
    /// <param name="folder">The replica's folder.</param>
    /// <param name="isAtRest">Whether the last run ended by itself. One that was killed may leave files behind, though not under final names.</param>
    public static void Check(string folder, bool isAtRest = true)
    {
        if (isAtRest) Assert.Empty(Directory.Exists(Path.Combine(folder, "data/txn")) ? Directory.GetFiles(Path.Combine(folder, "data/txn")) : []);
        foreach (string path in Objects(folder))
        {
            Assert.True(ObjectPath.TryParse(path, out var key), path);
            CheckHash(key.Hash, path, File.ReadAllBytes(Path.Combine(folder, path)));
            if (path.EndsWith('C'))
            {
                var missing = References(folder, path).Where(reference => !File.Exists(Path.Combine(folder, reference))).ToList();
                Assert.True(missing.Count == 0, $"{path} is present and refers to {missing.Count} absent objects, first {missing.FirstOrDefault()}");
            }
        }
    }

    /// <summary>What is served, if anything is, is a revision that the upstream published, with HEAD, all tags, and everything that the manifest names.</summary>
    /// <returns>Index of the revision; null when nothing is served.</returns>
    public static int? CheckServed(string folder, IReadOnlyList<byte[]> manifests)
    {
        string manifest = Path.Combine(folder, ".cvmfspublished");
        if (!File.Exists(manifest)) return null;
        byte[] served = File.ReadAllBytes(manifest);
        int revision = manifests.ToList().FindIndex(known => known.AsSpan().SequenceEqual(served));
        Assert.True(revision >= 0, "the served manifest is none of the upstream's");
        foreach (string path in Roots(folder).Select(root => PathOf(root, "C")).Concat(Named(folder)))
        {
            Assert.True(File.Exists(Path.Combine(folder, path)), $"revision {revision} is served and {path} is not there");
        }

        return revision;
    }

    /// <summary>HEAD and all tags, as SQL on the folder's own history says.</summary>
    public static IReadOnlyList<string> Roots(string folder)
    {
        string head = Field(folder, 'C')!;
        string? history = Field(folder, 'H');
        return history is null
            ? [head]
            : [.. Query(Path.Combine(folder, PathOf(history, "H")), "SELECT DISTINCT hash FROM tags", row => row.GetString(0)).Append(head).Distinct()];
    }

    /// <summary>Certificate, history and meta information that the manifest names.</summary>
    public static IEnumerable<string> Named(string folder)
    {
        foreach (char field in "XHM")
        {
            if (Field(folder, field) is { } hash) yield return PathOf(hash, field.ToString());
        }
    }

    /// <summary>Lines "hash type" of the reflog. It must be a whole database.</summary>
    public static List<string> Reflog(string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, ".cvmfsreflog")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hash || ' ' || type FROM refs";
        using var reader = command.ExecuteReader();
        var logged = new List<string>();
        while (reader.Read()) logged.Add(reader.GetString(0));
        return logged;
    }

    /// <summary>Everything that can be reached from some catalogs, themselves included.</summary>
    public static HashSet<string> Reachable(string folder, IEnumerable<string> roots)
    {
        var reached = new HashSet<string>(roots);
        var open = new Stack<string>(reached);
        while (open.TryPop(out string? catalog))
        {
            foreach (string reference in References(folder, catalog))
            {
                if (reached.Add(reference) && reference.EndsWith('C')) open.Push(reference);
            }
        }

        return reached;
    }

    /// <summary>What one catalog refers to, nested catalogs included.</summary>
    public static IReadOnlyList<string> Direct(string folder, string catalog) => References(folder, catalog);

    /// <summary>Paths of all objects in a folder.</summary>
    public static IEnumerable<string> Objects(string folder)
        => Directory.EnumerateFiles(Path.Combine(folder, "data"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file)).Where(path => !path.StartsWith("data/txn", StringComparison.Ordinal));

    /// <summary>Object path of a printed hash.</summary>
    public static string PathOf(string hash, string suffix) => $"data/{hash[..2]}/{hash[2..]}{suffix}";

    /// <summary>A field of a manifest.</summary>
    public static string? Field(string folder, char letter)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, ".cvmfspublished"));
        string text = System.Text.Encoding.Latin1.GetString(bytes, 0, bytes.AsSpan().IndexOf("--\n"u8));
        return text.Split('\n').LastOrDefault(line => line.StartsWith(letter))?[1..];
    }

    /// <summary>What a query on a compressed database finds.</summary>
    public static List<T> Query<T>(string file, string sql, Func<SqliteDataReader, T> read)
    {
        string database = Path.GetTempFileName();
        try
        {
            using (var inflated = new ZLibStream(File.OpenRead(file), CompressionMode.Decompress))
            using (var copy = File.Create(database)) inflated.CopyTo(copy);
            using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read()) rows.Add(read(reader));
            return rows;
        }
        finally
        {
            File.Delete(database);
        }
    }

    private static void CheckHash(ContentHash hash, string path, byte[] content)
    {
        // The product's hasher has had its own tests; where the framework has one as well, that is the judge.
        if (hash.Algorithm == HashAlgorithmId.Sha1) Assert.Equal(hash.ToString(), Convert.ToHexStringLower(SHA1.HashData(content)));
        else Assert.True(hash == ContentHash.Compute(hash.Algorithm, content), $"{path} is damaged");
    }

    private static string[] References(string folder, string catalog) => s_references.GetOrAdd(catalog, _ => [.. ReadReferences(folder, catalog)]);

    private static IEnumerable<string> ReadReferences(string folder, string catalog)
    {
        string file = Path.Combine(folder, catalog);
        var files = Query(file, $"SELECT hash, flags FROM catalog WHERE length(hash) > 0 AND (flags & {ExternalFile}) = 0", row =>
        {
            int flags = row.GetInt32(1);
            return PathOf(Text((byte[])row.GetValue(0), flags), (flags & (FileFlag | DirectoryFlag)) == DirectoryFlag ? "L" : "");
        });
        var chunks = Query(file,
            "SELECT chunks.hash, catalog.flags FROM chunks, catalog WHERE chunks.md5path_1 = catalog.md5path_1 AND chunks.md5path_2 = catalog.md5path_2 "
            + $"AND (catalog.flags & {ExternalFile}) = 0",
            row => PathOf(Text((byte[])row.GetValue(0), row.GetInt32(1)), "P"));
        var nested = Query(file, "SELECT sha1 FROM nested_catalogs", row => PathOf(row.GetString(0), "C"));
        return files.Concat(chunks).Concat(nested);
    }

    private static string Text(byte[] digest, int flags)
        => Convert.ToHexStringLower(digest) + ((flags >> 8) & 7) switch { 0 => "", 1 => "-rmd160", 2 => "-shake128", _ => throw new InvalidDataException() };
}
