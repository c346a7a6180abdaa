using System.IO.Compression;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

/// <summary>Databases of an unpacked repository of the reference tools, decompressed by the framework's own zlib.</summary>
internal sealed class ReferenceRepository(string name) : IDisposable
{
    private readonly TestRepository _repository = TestData.Unpack(name);

    /// <summary>One line of <c>catalogs.txt</c>.</summary>
    public sealed record ListedCatalog(ContentHash Hash, long Size, long Entries, RepositoryPath Mountpoint);

    public static TheoryData<string> Names => [.. TestData.Names];

    public string Name => name;

    public IReadOnlyList<ListedCatalog> Listed { get; } = ReadList(name);

    public byte[] Reflog => File.ReadAllBytes(Path.Combine(_repository.Path, ".cvmfsreflog"));

    public static string[] TagLines(string name) => File.ReadAllLines(Path.Combine(TestData.Folder(name), "tags.txt"));

    public byte[] Inflate(ContentHash hash, ObjectSuffix suffix)
    {
        using var stored = File.OpenRead(Path.Combine(_repository.Path, ObjectPath.Of(new ObjectKey(hash, suffix))));
        using var inflated = new ZLibStream(stored, CompressionMode.Decompress);
        using var image = new MemoryStream();
        inflated.CopyTo(image);
        return image.ToArray();
    }

    public bool Holds(ObjectKey key) => File.Exists(Path.Combine(_repository.Path, ObjectPath.Of(key)));

    public Catalog Open(ListedCatalog listed) => Catalog.Open(Inflate(listed.Hash, ObjectSuffix.Catalog), listed.Mountpoint);

    /// <summary>A field of the manifest: the line that begins with the letter.</summary>
    public string ManifestField(char letter)
        => Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(_repository.Path, ".cvmfspublished"))).Split('\n').First(line => line.StartsWith(letter))[1..];

    public void Dispose() => _repository.Dispose();

    private static ListedCatalog[] ReadList(string name)
        => [.. File.ReadAllLines(Path.Combine(TestData.Folder(name), "catalogs.txt")).Where(static line => line.Length > 0).Select(static line =>
        {
            string[] fields = line.Split(' ', 4);
            return new ListedCatalog(ContentHash.Parse(fields[0]), long.Parse(fields[1].TrimEnd('B'), null), long.Parse(fields[2], null), RepositoryPath.Parse(fields[3]));
        })];
}
