using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Transport;

/// <summary>Fetches objects and believes their bytes only when the hash matches. Nothing else reaches a store. Thread-safe.</summary>
/// <remarks>
/// <para>Wrong bytes are asked for once more with caches bypassed, then from the next server where there is one, and so on round the
/// servers; then the last <see cref="ObjectIntegrityException"/> is thrown. A body that breaks off is fetched anew after a pause.</para>
/// <para>A small object takes one pooled buffer and one write; a large one passes through the same buffer.</para>
/// </remarks>
/// <param name="source">Where bytes come from; not owned.</param>
/// <param name="options">Defaults where null.</param>
/// <param name="logger">Hears of damaged and broken transfers.</param>
public sealed class VerifiedFetcher(IRepositorySource source, VerifiedFetcherOptions? options = null, ILogger? logger = null)
{
    // Most objects of real repositories are smaller: they are read whole, hashed in one go and written in one go. Larger buffers leave
    // the processor's cache between receiving, hashing and writing.
    internal const int BufferBytes = 64 * 1024;

    private readonly VerifiedFetcherOptions _options = options ?? new VerifiedFetcherOptions();
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    private delegate ValueTask<TResult> Taker<TState, TResult>(SourceBody body, ObjectKey key, long maxBytes, TState state, CancellationToken cancellationToken);

    /// <summary>Copies an object into a store, where it becomes visible.</summary>
    /// <param name="key">The object.</param>
    /// <param name="store">Takes it.</param>
    /// <param name="maxBytes">Longest stored form; null for <see cref="VerifiedFetcherOptions.MaxObjectBytes"/>.</param>
    /// <param name="cancellationToken">Cancels; nothing of the object stays.</param>
    /// <returns>Stored bytes; null when the source has no such object.</returns>
    /// <exception cref="ObjectIntegrityException">Nobody delivered bytes with that hash and within the bound.</exception>
    /// <exception cref="CvmfsTransportException">Nobody could be asked, or every transfer broke.</exception>
    /// <exception cref="IOException">The store cannot take it.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // one for each of millions of objects
    public async ValueTask<long?> FetchAsync(ObjectKey key, IObjectStore store, long? maxBytes = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return await TransferAsync(key, maxBytes, store, StoreAsync, static length => length, cancellationToken).ConfigureAwait(false) is { Value: var length }
            ? length
            : null;
    }

    /// <summary>Copies an object into a store without making it visible: the caller commits it when it may be seen, and disposes it.</summary>
    /// <param name="key">The object.</param>
    /// <param name="store">Takes it.</param>
    /// <param name="maxBytes">Longest stored form; null for <see cref="VerifiedFetcherOptions.MaxObjectBytes"/>.</param>
    /// <param name="cancellationToken">Cancels; nothing of the object stays.</param>
    /// <returns>The verified object; null when the source has none.</returns>
    /// <exception cref="ObjectIntegrityException">Nobody delivered bytes with that hash and within the bound.</exception>
    /// <exception cref="CvmfsTransportException">Nobody could be asked, or every transfer broke.</exception>
    /// <exception cref="IOException">The store cannot take it.</exception>
    public async ValueTask<StagedObject?> StageAsync(ObjectKey key, IObjectStore store, long? maxBytes = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var staged = await TransferAsync(key, maxBytes, store, StageBodyAsync, static staged => staged.Length, cancellationToken).ConfigureAwait(false);
        return staged?.Value;
    }

    /// <summary>Reads a small object into memory.</summary>
    /// <param name="key">The object.</param>
    /// <param name="maxBytes">Longest stored form. The default is what the reference bears in memory, 1 MiB.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The stored bytes, verified, still compressed; null when the source has no such object.</returns>
    /// <exception cref="ObjectIntegrityException">Nobody delivered bytes with that hash and within the bound.</exception>
    /// <exception cref="CvmfsTransportException">Nobody could be asked, or every transfer broke.</exception>
    public async ValueTask<byte[]?> ReadSmallAsync(ObjectKey key, int maxBytes = RepositorySource.MaxInMemoryBytes, CancellationToken cancellationToken = default)
    {
        var bytes = await TransferAsync(key, maxBytes, 0, ReadBodyAsync, static bytes => bytes.Length, cancellationToken).ConfigureAwait(false);
        return bytes?.Value;
    }

    private static async ValueTask<long> StoreAsync(SourceBody body, ObjectKey key, long maxBytes, IObjectStore store, CancellationToken cancellationToken)
    {
        if (body.Whole is { } whole)
        {
            CheckEnd(body, key, whole.Length, maxBytes);
            await PutAsync(body, key, store, whole, cancellationToken).ConfigureAwait(false);
            return whole.Length;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int filled = await FillAsync(body, buffer, cancellationToken).ConfigureAwait(false);
            if (filled < buffer.Length)
            {
                CheckEnd(body, key, filled, maxBytes);
                await PutAsync(body, key, store, buffer.AsMemory(0, filled), cancellationToken).ConfigureAwait(false);
                return filled;
            }

            var staged = await StreamAsync(body, key, maxBytes, store, buffer, filled, cancellationToken).ConfigureAwait(false);
            await using var _ = staged.ConfigureAwait(false);
            await staged.CommitAsync(cancellationToken).ConfigureAwait(false);
            return staged.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<StagedObject> StageBodyAsync(
        SourceBody body, ObjectKey key, long maxBytes, IObjectStore store, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int filled = await FillAsync(body, buffer, cancellationToken).ConfigureAwait(false);
            return await StreamAsync(body, key, maxBytes, store, buffer, filled, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<byte[]> ReadBodyAsync(SourceBody body, ObjectKey key, long maxBytes, int state, CancellationToken cancellationToken)
    {
        byte[] bytes = await RepositorySource.ReadToEndAsync(body, (int)maxBytes, cancellationToken).ConfigureAwait(false)
            ?? throw ObjectIntegrityException.TooLong(key, maxBytes + 1, maxBytes, body.Origin);
        CheckEnd(body, key, bytes.Length, maxBytes);
        var actual = ContentHash.Compute(key.Hash.Algorithm, bytes);
        return actual == key.Hash ? bytes : throw ObjectIntegrityException.Mismatch(key, actual, bytes.Length, body.Origin);
    }

    private static async ValueTask PutAsync(
        SourceBody body, ObjectKey key, IObjectStore store, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await store.PutAsync(key, content, cancellationToken).ConfigureAwait(false); // hashes; once is enough
        }
        catch (ObjectIntegrityException fault) when (fault.Actual is { } actual)
        {
            throw ObjectIntegrityException.Mismatch(key, actual, content.Length, body.Origin); // it is the server's fault, not the store's
        }
    }

    /// <summary>Writes what the buffer holds and all that follows; the buffer serves on.</summary>
    private static async ValueTask<StagedObject> StreamAsync(
        SourceBody body, ObjectKey key, long maxBytes, IObjectStore store, byte[] buffer, int filled, CancellationToken cancellationToken)
    {
        var writer = await store.BeginWriteAsync(key.Hash.Algorithm, key.Suffix, cancellationToken).ConfigureAwait(false);
        await using var _ = writer.ConfigureAwait(false);
        while (filled > 0)
        {
            if (writer.Length + filled > maxBytes) throw ObjectIntegrityException.TooLong(key, writer.Length + filled, maxBytes, body.Origin);
            await writer.WriteAsync(buffer.AsMemory(0, filled), cancellationToken).ConfigureAwait(false);
            filled = await FillAsync(body, buffer, cancellationToken).ConfigureAwait(false);
        }

        CheckEnd(body, key, writer.Length, maxBytes);
        return await writer.CompleteAsync(key, body.Origin, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads until the buffer is full or the body ends. Fewer, larger writes; and a body that ends first is a small one.</summary>
    private static async ValueTask<int> FillAsync(SourceBody body, byte[] buffer, CancellationToken cancellationToken)
    {
        int filled = 0;
        for (int read; filled < buffer.Length
            && (read = await body.Stream.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false)) > 0;)
        {
            filled += read;
        }

        return filled;
    }

    private static void CheckEnd(SourceBody body, ObjectKey key, long length, long maxBytes)
    {
        if (length > maxBytes) throw ObjectIntegrityException.TooLong(key, length, maxBytes, body.Origin);
        if (body.Length is { } announced && length < announced) throw ObjectIntegrityException.TooShort(key, length, announced, body.Origin);
    }

    /// <summary>Runs one transfer to its end: repetitions, other servers, metrics. Null when the source has no such object.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // one for each of millions of objects
    private async ValueTask<Received<TResult>?> TransferAsync<TState, TResult>(
        ObjectKey key, long? maxBytes, TState state, Taker<TState, TResult> take, Func<TResult, long> lengthOf, CancellationToken cancellationToken)
    {
        long began = CvmfsMetrics.TransfersEnabled ? _options.Retry.TimeProvider.GetTimestamp() : 0;
        string outcome = CvmfsMetrics.Failed;
        long? length = null;
        try
        {
            var received = await TryServersAsync(key, maxBytes ?? _options.MaxObjectBytes, state, take, cancellationToken).ConfigureAwait(false);
            outcome = received is null ? CvmfsMetrics.Absent : CvmfsMetrics.Stored;
            if (received is { Value: var value }) length = lengthOf(value);
            return received;
        }
        catch (ObjectIntegrityException)
        {
            outcome = CvmfsMetrics.Corrupt;
            throw;
        }
        finally
        {
            if (began != 0) CvmfsMetrics.Transfer(outcome, KindOf(key.Suffix), _options.Retry.TimeProvider.GetElapsedTime(began), length);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // one for each of millions of objects
    private async ValueTask<Received<TResult>?> TryServersAsync<TState, TResult>(
        ObjectKey key, long maxBytes, TState state, Taker<TState, TResult> take, CancellationToken cancellationToken)
    {
        var mode = FetchMode.Normal;
        List<string>? blamed = null;
        for (int failures = 0; ;)
        {
            var body = await source.OpenObjectAsync(key, mode, cancellationToken).ConfigureAwait(false);
            if (body is null) return null;
            try
            {
                await using var _ = body.ConfigureAwait(false);
                if (body.Length > maxBytes) throw ObjectIntegrityException.TooLong(key, body.Length.Value, maxBytes, body.Origin);
                return new Received<TResult>(await take(body, key, maxBytes, state, cancellationToken).ConfigureAwait(false));
            }
            catch (ObjectIntegrityException fault) when (ShouldAskAgain(body, ref mode, ref blamed))
            {
                _options.Retry.Counts?.Add(TransferFault.Corrupt);
                LogMessages.CorruptObject(_logger, key, fault.Message);
            }
            catch (CvmfsTransportException fault) when (_options.Retry.DelayAfter(++failures, fault) is { } delay)
            {
                _options.Retry.Counts?.Add(fault.Fault);
                LogMessages.TransferBroken(_logger, key, failures, delay, fault.Message);
                source.TryLeave(body.Origin);
                await Task.Delay(delay, _options.Retry.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>After wrong bytes: the same server once more past its caches, then every other server likewise, each once.</summary>
    private bool ShouldAskAgain(SourceBody body, ref FetchMode mode, ref List<string>? blamed)
    {
        body.Distrust();
        string origin = body.Origin;
        if (blamed?.Contains(origin) == true) return false; // round all servers
        if (mode == FetchMode.Normal)
        {
            mode = FetchMode.BypassCaches;
            return true;
        }

        (blamed ??= []).Add(origin);
        mode = FetchMode.Normal;
        return source.TryLeave(origin);
    }

    private static string KindOf(ObjectSuffix suffix) => suffix switch
    {
        ObjectSuffix.None => "file",
        ObjectSuffix.Partial => "chunk",
        ObjectSuffix.Catalog => "catalog",
        ObjectSuffix.History => "history",
        ObjectSuffix.Certificate => "certificate",
        ObjectSuffix.MetaInfo => "metainfo",
        _ => "other",
    };

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Received<T>(T Value);
}
