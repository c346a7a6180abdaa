using System.Buffers;
using System.Threading.Channels;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.Chunking;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.Ingestion;

// Ingestion/ turns files into stored objects, in parallel.
//
//   caller ─ AddAsync ─► small file: job ──────────────┐
//                        large file: read and cut here, ├─► bounded channel ─► N workers: read, encode, hash, store ─► entry.Published
//                        one job per chunk ────────────┘
//
// Must stay true
//   - Memory is bounded: the channel by its capacity, chunk buffers by a count of workers + 1. A buffer that a failure leaves behind is collected.
//   - The first failure stops everything; AddAsync and CompleteAsync throw it.
//   - An entry's Published is set once all of its objects are in the store, and only read after CompleteAsync.

/// <summary>Compresses, hashes and stores the files of one commit. One caller; the workers are its own.</summary>
internal sealed class ContentIngester : IAsyncDisposable
{
    private readonly StoredObjects _objects;
    private readonly PublisherOptions _options;
    private readonly HashAlgorithmId _algorithm;
    private readonly IngestCounters _counters;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<IngestJob> _jobs;
    private readonly SemaphoreSlim _chunkBuffers;
    private readonly IChunkCutter? _cutter;
    private readonly Task[] _workers;

    public ContentIngester(StoredObjects objects, PublisherOptions options, HashAlgorithmId algorithm, IngestCounters counters, CancellationToken cancellationToken)
    {
        _objects = objects;
        _options = options;
        _algorithm = algorithm;
        _counters = counters;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int workers = options.Parallelism;
        _jobs = Channel.CreateBounded<IngestJob>(new BoundedChannelOptions(64 * workers) { SingleWriter = true });
        _chunkBuffers = new SemaphoreSlim(workers + 1);
        _cutter = options.Chunking.Mode == ChunkingMode.Off ? null : options.Chunking.CreateCutter();
        _workers = new Task[workers];
        for (int i = 0; i < workers; i++) _workers[i] = Task.Run(WorkAsync, CancellationToken.None);
    }

    /// <summary>Takes over a file. Returns once there is room; a file that is cut is read before it returns.</summary>
    public async ValueTask AddAsync(TreeEntry entry, FileContent content)
    {
        try
        {
            if (_cutter is not null && content.Length > _options.Chunking.ThresholdBytes)
            {
                var source = content.OpenRead();
                await using var disposal = source.ConfigureAwait(false);
                await CutAsync(entry, source).ConfigureAwait(false);
            }
            else
            {
                await _jobs.Writer.WriteAsync(new WholeFileJob(entry, content), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            await ThrowFirstFailureAsync().ConfigureAwait(false);
            throw;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CvmfsPublishException(entry.Path.ToString(), $"cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Reads a large file to its end, now, and leaves its chunks to the workers.</summary>
    public async ValueTask AddAsync(TreeEntry entry, Stream content)
    {
        try
        {
            if (_cutter is null) await StoreInPlaceAsync(entry, content).ConfigureAwait(false);
            else await CutAsync(entry, content).ConfigureAwait(false);
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            await ThrowFirstFailureAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until every file is stored.</summary>
    public async Task CompleteAsync()
    {
        _jobs.Writer.TryComplete();
        await ThrowFirstFailureAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // CompleteAsync has told, or somebody else's failure is on its way
        _stop.Dispose();
        _chunkBuffers.Dispose();
    }

    private CompressionId Compression => _options.ExternalData ? CompressionId.None : _options.Compression;

    private async Task ThrowFirstFailureAsync()
    {
        var all = Task.WhenAll(_workers);
        try
        {
            await all.ConfigureAwait(false);
        }
        catch (Exception) when (all.Exception is { } failures)
        {
            // A worker that was stopped because of another's failure only says that it was cancelled.
            var first = failures.InnerExceptions.FirstOrDefault(failure => failure is not OperationCanceledException) ?? failures.InnerExceptions[0];
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>Without chunks nothing of a stream can be left to others.</summary>
    private async ValueTask StoreInPlaceAsync(TreeEntry entry, Stream content)
    {
        using var encoder = new ObjectEncoder(_objects, _algorithm, Compression, _options.ZlibLevel);
        var (hash, size) = _options.ExternalData
            ? await encoder.HashOfAsync(content, _stop.Token).ConfigureAwait(false)
            : await encoder.StoreAsync(content, _stop.Token).ConfigureAwait(false);
        Complete(entry, hash, size);
    }

    private void Complete(TreeEntry entry, ContentHash hash, long size)
    {
        entry.Published = new PublishedContent
        {
            Size = size,
            Hash = hash,
            Algorithm = _algorithm,
            Compression = Compression,
            IsExternal = _options.ExternalData,
        };
        _counters.CountFile(size);
    }

    private async ValueTask CutAsync(TreeEntry entry, Stream content)
    {
        var file = new ChunkedFile(entry, _algorithm, Compression, _options.ExternalData);
        int longest = _options.Chunking.LongestChunkBytes;
        _cutter!.Reset();
        var reader = new ChunkReader(content, _cutter, longest);
        int count = 0;
        long offset = 0;
        for (bool isLast = false; !isLast;)
        {
            await _chunkBuffers.WaitAsync(_stop.Token).ConfigureAwait(false);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(longest);
            (int length, isLast) = await reader.ReadAsync(buffer, _stop.Token).ConfigureAwait(false);
            file.IsWhole = isLast && count == 0;
            await _jobs.Writer.WriteAsync(new ChunkJob(file, offset, buffer, length), _stop.Token).ConfigureAwait(false);
            offset += length;
            count++;
        }

        if (file.Expect(count)) _counters.CountFile(offset);
    }

    private async Task WorkAsync()
    {
        try
        {
            using var encoder = new ObjectEncoder(_objects, _algorithm, Compression, _options.ZlibLevel);
            await foreach (var job in _jobs.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                if (job is ChunkJob chunk) await StoreChunkAsync(encoder, chunk).ConfigureAwait(false);
                else await StoreFileAsync(encoder, (WholeFileJob)job).ConfigureAwait(false);
            }
        }
        catch
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask StoreFileAsync(ObjectEncoder encoder, WholeFileJob job)
    {
        try
        {
            var (hash, size) = _options.ExternalData
                ? await HashOfAsync(encoder, job.Content).ConfigureAwait(false)
                : await encoder.StoreAsync(job.Content, _stop.Token).ConfigureAwait(false);
            Complete(job.Entry, hash, size);
        }
        catch (Exception failure) when (failure is FileNotFoundException or UnauthorizedAccessException)
        {
            throw new CvmfsPublishException(job.Entry.Path.ToString(), $"cannot be read: {failure.Message}", failure);
        }
    }

    private async ValueTask<(ContentHash Hash, long Size)> HashOfAsync(ObjectEncoder encoder, FileContent content)
    {
        var source = content.OpenRead();
        await using var disposal = source.ConfigureAwait(false);
        return await encoder.HashOfAsync(source, _stop.Token).ConfigureAwait(false);
    }

    private async ValueTask StoreChunkAsync(ObjectEncoder encoder, ChunkJob job)
    {
        try
        {
            var suffix = job.File.IsWhole ? ObjectSuffix.None : ObjectSuffix.Partial;
            var hash = _options.ExternalData
                ? encoder.HashOf(job.Bytes.Span)
                : await encoder.StoreAsync(job.Bytes, suffix, _stop.Token).ConfigureAwait(false);
            if (job.File.Add(new FileChunk(job.Offset, job.Bytes.Length, hash))) _counters.CountFile(job.File.Entry.Published!.Size);
        }
        finally
        {
            job.ReturnBuffer();
            _chunkBuffers.Release();
        }
    }
}
