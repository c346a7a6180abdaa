// Remembers under which filter the catalogs of a replica are whole. "Present means whole" holds for one filter only:
//
//   spool    filter.state             complete DIGEST | walking DIGEST     no file: complete without a filter
//   storage  .cvmfs_partial_replica   the rules, for clients and people    no file: the replica is not partial
//
// Must stay true
//   - A replica that lacks something by intention says so before the first run that leaves something out, and until the end of the one that fills the gaps.
//   - While the two do not agree, or a walk under another filter has not ended, no present catalog is taken for whole.
using System.Text;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Filtering;

/// <summary>What is on record about a replica's filter.</summary>
internal sealed class FilterRecord
{
    /// <summary>Upstream's name of the file beside the manifest.</summary>
    public const string MarkerName = ".cvmfs_partial_replica";

    private const string StateName = "filter.state";
    private const string Complete = "complete";
    private const string Walking = "walking";
    private const int MaxStateBytes = 256;

    private readonly RootFolder _storage;
    private readonly RootFolder _spool;
    private readonly string? _completeDigest; // null: not known to be complete under any filter

    private FilterRecord(RootFolder storage, RootFolder spool, bool isPartial, string? completeDigest)
        => (_storage, _spool, IsPartial, _completeDigest) = (storage, spool, isPartial, completeDigest);

    /// <summary>Whether the replica may lack catalogs by intention.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>Reads the record.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static async Task<FilterRecord> ReadAsync(RootFolder storage, RootFolder spool, CancellationToken cancellationToken)
    {
        byte[]? state = await spool.ReadAsync(StateName, MaxStateBytes, cancellationToken).ConfigureAwait(false);
        bool isMarked = await storage.ExistsAsync(MarkerName, cancellationToken).ConfigureAwait(false);
        if (state is null) return new FilterRecord(storage, spool, isMarked, isMarked ? null : "");
        string[] words = Encoding.ASCII.GetString(state).Trim().Split(' ');
        bool isComplete = words is [Complete, _] && isMarked;
        return new FilterRecord(storage, spool, isPartial: true, isComplete ? words[1] : null);
    }

    /// <summary>Whether a present catalog has, under that filter, everything below it.</summary>
    public bool IsCompleteUnder(PathFilter? filter) => _completeDigest == (filter?.Digest ?? "");

    /// <summary>Before a walk under a filter that the replica is not complete under.</summary>
    /// <exception cref="IOException">A folder cannot take it.</exception>
    public async Task BeginAsync(PathFilter? filter, CancellationToken cancellationToken)
    {
        await WriteAsync($"{Walking} {filter?.Digest ?? "all"}", cancellationToken).ConfigureAwait(false);
        if (filter is not null) await _storage.ReplaceAsync(MarkerName, filter.Text, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>After that walk.</summary>
    /// <exception cref="IOException">A folder cannot take it.</exception>
    public async Task EndAsync(PathFilter? filter, CancellationToken cancellationToken)
    {
        if (filter is not null)
        {
            await WriteAsync($"{Complete} {filter.Digest}", cancellationToken).ConfigureAwait(false);
            return;
        }

        await _storage.DeleteAsync(MarkerName, cancellationToken).ConfigureAwait(false);
        await _spool.DeleteAsync(StateName, cancellationToken).ConfigureAwait(false);
        IsPartial = false;
    }

    private async Task WriteAsync(string state, CancellationToken cancellationToken)
        => await _spool.ReplaceAsync(StateName, Encoding.ASCII.GetBytes(state + "\n"), cancellationToken).ConfigureAwait(false);
}
