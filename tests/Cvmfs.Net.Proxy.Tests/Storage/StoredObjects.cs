using System.Security.Cryptography;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Storage;

namespace Cvmfs.Net.Proxy.Tests.Storage;

/// <summary>Objects with random contents, and what tests ask of a cache with them.</summary>
internal static class StoredObjects
{
    public const string Repository = "a.example.org";

    public static byte[] Content(int seed, int length)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    public static ObjectKey KeyOf(byte[] content, ObjectSuffix suffix = ObjectSuffix.None)
        => new(new ContentHash(HashAlgorithmId.Sha1, SHA1.HashData(content)), suffix);

    public static ObjectKey Add(this ObjectCache cache, byte[] content, string repository = Repository)
    {
        cache.Add(KeyOf(content), repository, content, default);
        return KeyOf(content);
    }

    /// <summary>Writes in pieces, as a transfer does.</summary>
    public static bool StageAndCommit(this ObjectCache cache, byte[] content, string repository = Repository, bool announced = true)
    {
        if (cache.Stage(KeyOf(content), repository, announced ? content.Length : null, default) is not { } staged) return false;
        try
        {
            for (int at = 0; at < content.Length; at += 50_000) staged.Write(content.AsSpan(at, Math.Min(50_000, content.Length - at)));
            return staged.Commit();
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            staged.Discard();
        }
    }

    /// <summary>The bytes of an object and where they were; null when it is not there.</summary>
    public static async Task<byte[]?> ReadAsync(this ObjectCache cache, ContentHash hash)
        => await cache.FindAsync(hash, TestContext.Current.CancellationToken) is { } found ? Read(found) : null;

    /// <summary>The bytes of what was found; lets go of it.</summary>
    public static byte[] Read(CachedObject found)
    {
        using (found)
        {
            if (found.Bytes is { } bytes) return bytes;
            byte[] read = new byte[found.Length];
            int count = RandomAccess.Read(found.File!.Handle, read, found.Offset);
            return count == read.Length ? read : read[..count];
        }
    }

    public static ProxyStorageOptions Options(string folder, Action<ProxyStorageOptions>? configure = null)
    {
        var options = new ProxyStorageOptions { MaxBytes = 256 << 20, MemoryBytes = 16 << 20, ScrubBytesPerSecond = 0 };
        options.Folders.Add(folder);
        configure?.Invoke(options);
        return options;
    }
}
