using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests;

/// <summary>Writes what a server reads: objects under their right names, and root files that parse. Nothing is signed: a server has no keys.</summary>
internal static class ServedFolder
{
    public const string Alias = "sw.example.org";

    public static string PathOf(ReadOnlySpan<byte> content, ObjectSuffix suffix = ObjectSuffix.None)
        => ObjectPath.Of(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content), suffix));

    /// <summary>Stores an object as writers do: complete under another name, then renamed.</summary>
    public static string WriteObject(this TempFolder root, ReadOnlySpan<byte> content, ObjectSuffix suffix = ObjectSuffix.None, string alias = Alias)
    {
        string path = PathOf(content, suffix);
        root.Replace($"{alias}/{path}", content);
        return path;
    }

    /// <summary>A whitelist of some age; texts differ by number.</summary>
    public static byte[] WriteWhitelist(this TempFolder root, DateTimeOffset expires, string alias = Alias)
    {
        byte[] whitelist = SignedLetter.Build(
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"20260101000000\nE{expires.UtcDateTime:yyyyMMddHHmmss}\nN{alias}\n")),
            HashAlgorithmId.Sha1, _ => new byte[256]);
        root.Replace($"{alias}/.cvmfswhitelist", whitelist);
        return whitelist;
    }

    /// <summary>A manifest, and first the root catalog that it names.</summary>
    public static byte[] WriteManifest(this TempFolder root, int revision, string alias = Alias)
    {
        byte[] catalog = Encoding.ASCII.GetBytes($"catalog {revision}");
        root.WriteObject(catalog, ObjectSuffix.Catalog, alias);
        byte[] manifest = Manifest(revision, ContentHash.Compute(HashAlgorithmId.Sha1, catalog), alias);
        root.Replace($"{alias}/.cvmfspublished", manifest);
        return manifest;
    }

    public static byte[] Manifest(int revision, ContentHash rootCatalog, string alias = Alias) => SignedLetter.Build(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"C{rootCatalog}\nB10\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS{revision}\nN{alias}\nT1767225600\n")),
        HashAlgorithmId.Sha1, _ => new byte[256]);

    /// <summary>Replaces a file at once.</summary>
    public static void Replace(this TempFolder root, string path, ReadOnlySpan<byte> content)
    {
        string file = root.Combine(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string temporary = root.Combine("txn." + Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, file, overwrite: true);
    }
}
