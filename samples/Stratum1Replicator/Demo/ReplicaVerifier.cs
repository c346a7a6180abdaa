using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Trust;

namespace Stratum1Replicator.Demo;

/// <summary>Checks a replica the slow and certain way: hashes every object, and reads the newest revision from its signature down to the last file.</summary>
internal static class ReplicaVerifier
{
    public static async Task<VerificationResult> VerifyAsync(string folder, MasterKeys keys, CancellationToken cancellationToken)
    {
        var store = new FileObjectStore(folder);
        long objects = 0;
        long bytes = 0;
        byte[] buffer = new byte[64 << 10];
        await foreach (var key in store.EnumerateAsync(cancellationToken))
        {
            using var hasher = ContentHasher.Create(key.Hash.Algorithm);
            await using var stored = await store.OpenReadAsync(key, cancellationToken) ?? throw new InvalidDataException($"{key} vanished.");
            for (int read; (read = await stored.ReadAsync(buffer, cancellationToken)) > 0; bytes += read) hasher.Append(buffer.AsSpan(0, read));
            if (hasher.GetHashAndReset() != key.Hash) throw new InvalidDataException($"{store.PathOf(key)} does not have the hash that it is named by.");
            objects++;
        }

        long entries = 0;
        await using var repository = await CvmfsRepository.OpenAsync(folder, new CvmfsRepositoryOptions { Keys = keys }, cancellationToken);
        await foreach (var entry in repository.EnumerateAsync(cancellationToken: cancellationToken))
        {
            entries++;
            if (entry.Entry is { IsFile: true, IsExternal: false })
            {
                await using var content = await repository.OpenReadAsync(entry.Path, cancellationToken);
                while (await content.ReadAsync(buffer, cancellationToken) > 0) { }
            }
        }

        return new VerificationResult(objects, bytes, entries);
    }
}

/// <param name="Objects">Objects hashed.</param>
/// <param name="Bytes">Stored bytes of those.</param>
/// <param name="Entries">Entries of the newest revision, all files read.</param>
internal sealed record VerificationResult(long Objects, long Bytes, long Entries);
