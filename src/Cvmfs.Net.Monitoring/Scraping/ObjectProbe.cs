using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Asks for objects of one repository and hashes what comes, without keeping more of it than somebody wants to read.</summary>
internal sealed class ObjectProbe(EndpointClient client, ScraperOptions options, RepositoryName repository, Func<string, Uri> urlOf)
{
    private const int PieceBytes = 32 << 10;

    /// <summary>Asks for one object.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="key">Its name.</param>
    /// <param name="isAlternative">Whether it lies under its alternative name.</param>
    /// <param name="keepBytes">Up to which length its bytes are handed back; 0 for not at all.</param>
    public async Task<(ObjectReport Report, byte[]? Stored)> AskAsync(ObjectKind kind, ObjectKey key, bool isAlternative = false, int keepBytes = 0)
    {
        var asked = new Asked(kind.ToString().ToLowerInvariant(), urlOf(isAlternative ? ObjectPath.AlternativeOf(key) : ObjectPath.Of(key)), repository);
        bool isHashed = false, isWrong = false;
        byte[]? kept = null;
        long maxBytes = Math.Min(options.MaxObjectBytes, client.Objects.Left);
        var method = options.Objects == ObjectProbing.Content && maxBytes > 0 ? HttpMethod.Get : HttpMethod.Head;
        var report = await client.AskAsync(asked, method, async (response, exchange, cancellationToken) =>
        {
            (isHashed, isWrong, kept) = (false, false, null);
            if (method == HttpMethod.Head || response.Content.Headers.ContentLength > maxBytes) return; // it is there; that is all we can say
            (var actual, kept) = await HashAsync(response, exchange, key.Hash.Algorithm, keepBytes, maxBytes, cancellationToken).ConfigureAwait(false);
            if (actual is not { } hash) return; // longer than we read, though nobody had announced it
            (isHashed, isWrong) = (true, hash != key.Hash);
            if (isWrong) exchange.Fail(ErrorClass.HashMismatch, $"{asked.Url} hashes to {hash} over {exchange.Bytes} bytes");
        }).ConfigureAwait(false);

        var outcome = report.Error switch
        {
            ErrorClass.None => ObjectOutcome.Ok,
            ErrorClass.Http404 or ErrorClass.Http403 => ObjectOutcome.Missing,
            ErrorClass.HashMismatch => ObjectOutcome.Corrupt,
            _ => ObjectOutcome.Error,
        };
        return (new ObjectReport
        {
            Kind = kind,
            Key = key,
            Outcome = outcome,
            Error = report.Error,
            Detail = report.Detail,
            IsHashed = isHashed,
            Bytes = report.Bytes,
            Duration = report.Duration,
        }, isWrong ? null : kept);
    }

    /// <summary>Draws objects from a root catalog and asks for them: a nested catalog and a chunk or file in turns.</summary>
    public async Task<IReadOnlyList<ObjectReport>> SampleAsync(byte[] storedCatalog, ulong revision, CancellationToken cancellationToken)
    {
        var drawn = Draw(storedCatalog, revision, cancellationToken);
        var reports = new List<ObjectReport>();
        foreach (var (kind, key) in drawn) reports.Add((await AskAsync(kind, key).ConfigureAwait(false)).Report);
        return reports;
    }

    private List<(ObjectKind Kind, ObjectKey Key)> Draw(byte[] storedCatalog, ulong revision, CancellationToken cancellationToken)
    {
        using var catalog = Catalog.Open(ObjectCompression.Decompress(storedCatalog, CompressionId.Zlib, 16L * storedCatalog.Length + (64 << 20), "root catalog"));
        var random = new Random(HashCode(revision));
        ObjectKey[] nested = [.. catalog.NestedCatalogs.Where(one => !one.Hash.IsNull).Select(one => new ObjectKey(one.Hash, ObjectSuffix.Catalog))];
        random.Shuffle(nested);
        int files = options.SamplesPerRepository;
        var pool = new List<ObjectKey>(files);
        int seen = 0;
        foreach (var reference in catalog.ReadObjectReferences(cancellationToken))
        {
            // A reservoir: every object of the catalog has the same chance, and only as many as wanted are in memory.
            if (pool.Count < files) pool.Add(reference.Key);
            else if (random.Next(seen + 1) is var place && place < files) pool[place] = reference.Key;
            seen++;
        }

        var drawn = new List<(ObjectKind, ObjectKey)>();
        for (int i = 0; drawn.Count < files && i < files; i++)
        {
            if (i < nested.Length) drawn.Add((ObjectKind.Catalog, nested[i]));
            if (i < pool.Count && drawn.Count < files) drawn.Add((pool[i].Suffix == ObjectSuffix.Partial ? ObjectKind.Chunk : ObjectKind.File, pool[i]));
        }

        return drawn;
    }

    // Not HashCode.Combine, which differs from process to process: a draw must be repeatable.
    private int HashCode(ulong revision) => unchecked((int)((revision * 0x9E3779B97F4A7C15) >> 33) ^ options.SampleSeed);

    private async Task<(ContentHash? Hash, byte[]? Kept)> HashAsync(
        HttpResponseMessage response, Exchange exchange, HashAlgorithmId algorithm, int keepBytes, long maxBytes, CancellationToken cancellationToken)
    {
        using var hasher = ContentHasher.Create(algorithm);
        using var kept = new MemoryStream();
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var owned = stream.ConfigureAwait(false);
        byte[] piece = System.Buffers.ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (int read; (read = await stream.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                exchange.Bytes += read;
                client.Objects.Take(read);
                if (exchange.Bytes > maxBytes) return (null, null);
                hasher.Append(piece.AsSpan(0, read));
                if (exchange.Bytes <= keepBytes) kept.Write(piece, 0, read);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(piece);
        }

        return (hasher.GetHashAndReset(), exchange.Bytes <= keepBytes && exchange.Bytes > 0 ? kept.ToArray() : null);
    }
}
