using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli;

/// <summary>Adds the SHA-256 of every file to a listing: several files are read at once, the order stays.</summary>
internal static class Checksums
{
    // Enough to hide a network's latency; each holds one chunk.
    private const int FilesAtOnce = 8;

    public static async IAsyncEnumerable<(CatalogTreeEntry Item, string? Sha256)> AddAsync(
        RepositoryRevision revision, IAsyncEnumerable<CatalogTreeEntry> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new Queue<(CatalogTreeEntry Item, Task<string>? Sum)>();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int reading = 0;
        try
        {
            await foreach (var item in entries.WithCancellation(cancellationToken))
            {
                var sum = item.Entry.IsFile ? ComputeAsync(revision, item.Path, stopping.Token) : null;
                if (sum is not null) reading++;
                waiting.Enqueue((item, sum));
                while (reading >= FilesAtOnce || (waiting.TryPeek(out var first) && first.Sum is null or { IsCompleted: true })) yield return await NextAsync();
            }

            while (waiting.Count > 0) yield return await NextAsync();
        }
        finally
        {
            await stopping.CancelAsync();
            // Their failures were either reported through the first one, or belong to files nobody asked for any more.
            foreach (var (_, sum) in waiting) await ((Task?)sum ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<(CatalogTreeEntry Item, string? Sha256)> NextAsync()
        {
            var (item, sum) = waiting.Dequeue();
            if (sum is null) return (item, null);
            reading--;
            return (item, await sum);
        }
    }

    public static async Task<string> ComputeAsync(RepositoryRevision revision, RepositoryPath path, CancellationToken cancellationToken)
    {
        await using var content = await revision.OpenReadAsync(path, cancellationToken);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
    }
}
