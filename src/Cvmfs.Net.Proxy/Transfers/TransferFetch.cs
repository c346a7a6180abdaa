using System.Buffers;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>Brings one object: from the store where it is there after all, otherwise from one upstream after the other as long as nobody has seen a byte.</summary>
internal sealed class TransferFetch(SharedTransfer transfer, TransferServices services, TransferTable table) : IThreadPoolWorkItem
{
    private const int BufferBytes = 256 << 10;

    /// <summary>How long a small object is held back. A client that sees no byte for five seconds leaves.</summary>
    private static readonly TimeSpan HeldBackFor = TimeSpan.FromSeconds(1);

    private static readonly Action<Spool, int> s_took = static (spool, bytes) => spool.Took(bytes);
    private static readonly Action<Spool, int> s_tookFile = static (spool, bytes) => spool.TookFile(bytes);

    private volatile bool _isHeldBack;

    /// <summary>Runs on the thread pool. Whatever happens, nobody is left waiting.</summary>
    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            await FindOrFetchAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (transfer.Stop.IsCancellationRequested)
        {
            // nobody is left to see it
        }
        catch (Exception unexpected)
        {
            services.Logger.TransferFailed(transfer.Key, unexpected); // nobody else would hear of it
        }
        finally
        {
            transfer.EndWithout(new UpstreamProblem(UpstreamFailure.Incomplete, 0));
            table.Remove(transfer);
            await transfer.DisposeAsync().ConfigureAwait(false);
            table.Ended();
        }
    }

    private async Task FindOrFetchAsync()
    {
        var hash = transfer.Key.Hash;
        if (transfer.IsSuspicious) await services.Cache.RecheckAsync(hash, transfer.Stop).ConfigureAwait(false);
        if (await services.Cache.FindAsync(hash, transfer.Stop).ConfigureAwait(false) is { } found)
        {
            transfer.EndWith(found);
            return;
        }

        var plan = services.Upstreams.Candidates(transfer.Request);
        while (plan.TryNext(out var attempt))
        {
            transfer.Stop.ThrowIfCancellationRequested();
            if (await TryAsync(attempt).ConfigureAwait(false)) return;
            if (transfer.WasShown) break;
        }

        if (plan.Problem.IsAbsence) services.Absent.Add(transfer.Request);
        transfer.EndWithout(plan.Problem);
    }

    private async Task<bool> TryAsync(UpstreamAttempt attempt)
    {
        transfer.Upstream = attempt.Server.Authority;
        long asked = services.Clock.GetTimestamp();
        using var answer = await services.Upstreams.SendAsync(attempt, HttpMethod.Get, transfer.IsSuspicious, null, transfer.Stop).ConfigureAwait(false);
        if (answer.Failure != UpstreamFailure.None || answer.Status != 200) return false;
        if (answer.HasContentCoding)
        {
            services.Upstreams.Failed(attempt, UpstreamFailure.Status);
            return false;
        }

        try
        {
            await ReceiveAsync(answer, services.Clock.GetElapsedTime(asked)).ConfigureAwait(false);
            services.Upstreams.Succeeded(attempt);
            return true;
        }
        catch (UpstreamException cut)
        {
            services.Upstreams.Failed(attempt, cut.Failure);
        }
        catch (ObjectIntegrityException wrong)
        {
            services.Upstreams.Failed(attempt, UpstreamFailure.Corrupt);
            services.Metrics.Upstream.Mismatched(attempt.Asked!.Name, EndpointName.Of(RequestKind.Object, transfer.Key.Suffix));
            services.Logger.CorruptObject(wrong.Expected, wrong.Origin, wrong);
        }

        return false;
    }

    private async Task ReceiveAsync(UpstreamAnswer answer, TimeSpan taken)
    {
        long? length = answer.ContentLength;
        RefuseTooLong(answer, length ?? 0);
        var now = services.Clock.GetUtcNow();
        transfer.Begin(length, FetchTime.Of(now, DocumentLifetimes.AgeOf(answer, taken, now)));
        if (length > Spool.MaxMemoryBytes)
        {
            await ReceiveLargeAsync(answer, length).ConfigureAwait(false);
            return;
        }

        _isHeldBack = true;
        transfer.Spool.Begin(length);
        if (await ReceiveSmallAsync(answer, length).ConfigureAwait(false))
        {
            byte[] bytes = transfer.Spool.ToArray();
            var actual = ContentHash.Compute(transfer.Key.Hash.Algorithm, bytes);
            if (actual != transfer.Key.Hash) throw ObjectIntegrityException.Mismatch(transfer.Key, actual, bytes.Length, answer.Attempt.Url);
            transfer.EndComplete();
            if (IsForDisk(answer)) services.Cache.Add(transfer.Key, transfer.Request.Repository, bytes, transfer.FetchedAt);
            else services.Cache.AddToMemory(transfer.Key, transfer.Request.Repository, bytes, transfer.FetchedAt);
        }
        else
        {
            await ReceiveLargeAsync(answer, null).ConfigureAwait(false);
        }
    }

    /// <summary>Reads into one array. False when the object, of unknown length, turns out to be a large one.</summary>
    private async Task<bool> ReceiveSmallAsync(UpstreamAnswer answer, long? length)
    {
        var spool = transfer.Spool;
        ITimer? timer = null;
        try
        {
            while (spool.Length != length)
            {
                var room = spool.Room(mayGrow: length is null);
                if (room.IsEmpty) return false;
                var reading = answer.ReadAsync(room, transfer.Stop);
                if (!reading.IsCompleted && timer is null && _isHeldBack && spool.Length > 0)
                {
                    timer = services.Clock.CreateTimer(static fetch => ((TransferFetch)fetch!).StopHoldingBack(), this, HeldBackFor, Timeout.InfiniteTimeSpan);
                }

                int read = await reading.ConfigureAwait(false);
                if (read == 0)
                {
                    if (length is null) return true;
                    throw new UpstreamException(UpstreamFailure.Incomplete, answer.Attempt.Url, $"{spool.Length} of {length} bytes.");
                }

                transfer.Advance(read, s_took, mayShow: !_isHeldBack);
            }

            return true;
        }
        finally
        {
            _isHeldBack = false;
            if (timer is not null) await timer.DisposeAsync().ConfigureAwait(false); // waits for its last call, which would show a later attempt
        }
    }

    /// <summary>Reads into a file of the store, and shows what has come; without a file, as fast as the readers read.</summary>
    private async Task ReceiveLargeAsync(UpstreamAnswer answer, long? length)
    {
        var spool = transfer.Spool;
        using var hasher = ContentHasher.Create(transfer.Key.Hash.Algorithm);
        hasher.Append(spool.Small);
        LeaveMemory(length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (spool.Length != length)
            {
                int read = await answer.ReadAsync(buffer, transfer.Stop).ConfigureAwait(false);
                if (read == 0)
                {
                    if (length is null) break;
                    throw new UpstreamException(UpstreamFailure.Incomplete, answer.Attempt.Url, $"{spool.Length} of {length} bytes.");
                }

                RefuseTooLong(answer, spool.Length + read);
                var bytes = buffer.AsMemory(0, read);
                hasher.Append(bytes.Span);
                if (TryWriteFile(bytes.Span)) transfer.Advance(read, s_tookFile, mayShow: true);
                else await transfer.AddAsync(bytes).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        long received = hasher.Length;
        var actual = hasher.GetHashAndReset();
        if (actual != transfer.Key.Hash) throw ObjectIntegrityException.Mismatch(transfer.Key, actual, received, answer.Attempt.Url);
        transfer.EndComplete();
        if (IsForDisk(answer)) spool.Commit();
        else transfer.GiveUpKeeping();
    }

    private bool IsForDisk(UpstreamAnswer answer) => services.KeepsFromSiblings || !answer.Attempt.IsSibling;

    /// <summary>A disk that fails now fails no request: what comes from here on is not kept. The store has told about it.</summary>
    private bool TryWriteFile(ReadOnlySpan<byte> bytes)
    {
        if (!transfer.Spool.IsStaged) return false;
        try
        {
            transfer.Spool.WriteFile(bytes);
            return true;
        }
        catch (IOException)
        {
            services.Metrics.Cache.SpoolFailed();
            transfer.GiveUpKeeping();
            return false;
        }
    }

    private void LeaveMemory(long? length)
    {
        var staged = Stage(length);
        transfer.Advance(0, (spool, _) => spool.LeaveMemory(staged), mayShow: true);
    }

    /// <summary>A file with the bytes so far, and a lease of it for the transfer; null where the disk takes nothing.</summary>
    private StagedFile? Stage(long? length)
    {
        if (services.Cache.Stage(transfer.Key, transfer.Request.Repository, length, transfer.FetchedAt) is not { } staged) return null;
        bool isReady = false;
        try
        {
            staged.Write(transfer.Spool.Small);
            isReady = staged.File.TryAcquire();
        }
        catch (IOException)
        {
            services.Metrics.Cache.SpoolFailed();
        }
        finally
        {
            if (!isReady) staged.Discard();
        }

        return isReady ? staged : null;
    }

    private void StopHoldingBack()
    {
        if (!_isHeldBack) return;
        _isHeldBack = false;
        transfer.Advance(0, s_took, mayShow: true);
    }

    private void RefuseTooLong(UpstreamAnswer answer, long length)
    {
        if (length > services.MaxObjectBytes) throw ObjectIntegrityException.TooLong(transfer.Key, length, services.MaxObjectBytes, answer.Attempt.Url);
    }
}
