// What a run knows that the next one should not have to find out again. Four things in two places:
//
//   spool    transfer.marker   since when the disk may not have everything ─► what is read again after a power loss
//            journal           catalogs whose own objects are all stored   ─► not listed again
//                              objects that were given up                  ─► asked for first
//   storage  data/txn/staged   catalogs that wait for what is below them   ─► not fetched again
//
// Must stay true
//   - Nothing here is needed: lost, old or damaged, it costs time. What makes a replica whole is the store alone.
//   - A record is written after the fact that it states, so whatever a kill cuts off was true.
//   - What was written in another boot, or before a garbage collection, is not believed: the objects it speaks of may be gone.
//   - After a success nothing of it stays.
using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Transfer;

namespace Cvmfs.Net.Replication.Journal;

/// <summary>Keeps what a run has found out for the next one, in case it does not end well. One per run, from the moment it has something to transfer.</summary>
internal sealed class RunJournal : IDisposable
{
    /// <summary>Failures that the next run asks for first; it finds the others again when it lists their catalogs.</summary>
    private const int MaxPending = 10_000;

    private readonly RootFolder _spool;
    private readonly FileObjectStore _files;
    private readonly JournalFile _file;
    private readonly HashSet<ObjectKey> _listed;
    private TransferMarker _marker;

    private RunJournal(RootFolder spool, FileObjectStore files, JournalFile file, TransferMarker marker, HashSet<ObjectKey> listed, IReadOnlyList<ObjectKey> pending)
        => (_spool, _files, _file, _marker, _listed, Pending) = (spool, files, file, marker, listed, pending);

    /// <summary>What the last run gave up.</summary>
    public IReadOnlyList<ObjectKey> Pending { get; }

    /// <summary>Times in which files were written that a power loss may have emptied.</summary>
    public IReadOnlyList<SuspectSpan> Suspects => _marker.Suspects;

    /// <summary>Takes up what an earlier run left, and says on the disk that from now on something may be stored there that the disk does not have.</summary>
    /// <param name="spool">Where marker and journal are.</param>
    /// <param name="files">Where staged catalogs are.</param>
    /// <param name="circumstances">When and where.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">A folder cannot be read or written.</exception>
    public static async Task<RunJournal> BeginAsync(RootFolder spool, FileObjectStore files, RunCircumstances circumstances, CancellationToken cancellationToken)
    {
        var found = await ReadMarkerAsync(spool, circumstances, cancellationToken).ConfigureAwait(false);
        var marker = found.Continue(circumstances.BootId, circumstances.Began);
        var header = new JournalRecord(JournalRecordKind.Header, new ObjectKey(MarkOf(circumstances)));
        var records = await JournalFile.ReadAsync(spool, cancellationToken).ConfigureAwait(false);
        bool isBelieved = records.Count > 0 && records[0] == header && ReferenceEquals(marker.Suspects, found.Suspects);

        var staged = files.EnumerateStaged().ToHashSet();
        var listed = records.Where(record => isBelieved && record.Kind == JournalRecordKind.Listed && staged.Contains(record.Key)).Select(record => record.Key).ToHashSet();
        List<JournalRecord> failed = [.. records.Where(record => record.Kind == JournalRecordKind.Failed).DistinctBy(record => record.Key).Take(MaxPending)];

        await spool.ReplaceAsync(TransferMarker.FileName, marker.ToBytes(), cancellationToken).ConfigureAwait(false);
        JournalRecord[] kept = [header, .. listed.Select(key => new JournalRecord(JournalRecordKind.Listed, key)), .. failed];
        var file = await JournalFile.BeginAsync(spool, kept, cancellationToken).ConfigureAwait(false);
        return new RunJournal(spool, files, file, marker, listed, [.. failed.Select(record => record.Key)]);
    }

    /// <summary>Removes what runs that were cut off have left, where a replica turns out to be up to date.</summary>
    /// <remarks>The marker stays: what they stored is there, and was not flushed.</remarks>
    /// <param name="spool">Where the journal is.</param>
    /// <param name="files">Where staged catalogs are.</param>
    /// <param name="store">Who else may be using them.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task ForgetAsync(RootFolder spool, FileObjectStore files, SharedStore store, CancellationToken cancellationToken)
    {
        store.WhileAlone(() => files.DiscardStaged());
        await spool.DeleteAsync(JournalFile.FileName, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether all objects of a catalog itself were stored by an earlier run.</summary>
    public bool IsListed(ObjectKey catalog) => _listed.Contains(catalog);

    /// <summary>Notes that all objects of a catalog itself are stored.</summary>
    public void Listed(ObjectKey catalog) => _file.Append(new JournalRecord(JournalRecordKind.Listed, catalog));

    /// <summary>Notes that an object was given up.</summary>
    public void Failed(TransferFailure failure) => _file.Append(new JournalRecord(JournalRecordKind.Failed, failure.Object, failure.Reason));

    /// <summary>Notes that the disk has everything. Before a revision becomes visible.</summary>
    public async Task FlushedAsync(CancellationToken cancellationToken)
    {
        if (_marker.Suspects.Count == 0)
        {
            await _spool.DeleteAsync(TransferMarker.FileName, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Files of that time which no run has looked at yet may still lie about.
        _marker = _marker with { BootId = "" };
        await _spool.ReplaceAsync(TransferMarker.FileName, _marker.ToBytes(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets everything: the run succeeded.</summary>
    /// <param name="store">Who else may be using what is staged.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task SucceedAsync(SharedStore store, CancellationToken cancellationToken)
    {
        _file.Dispose();
        await ForgetAsync(_spool, _files, store, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static async Task<TransferMarker> ReadMarkerAsync(RootFolder spool, RunCircumstances circumstances, CancellationToken cancellationToken)
    {
        byte[]? content;
        try
        {
            content = await spool.ReadAsync(TransferMarker.FileName, TransferMarker.MaxBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsFormatException)
        {
            content = []; // too long to be one
        }

        if (content is not null) return TransferMarker.Parse(content) ?? new TransferMarker("?", DateTimeOffset.MinValue, []);
        // A run was cut off and nothing is known of it: whether it was the reboot that emptied the spool folder, nobody can tell. In doubt, look.
        return circumstances.CutOffRunBegan is { } began ? new TransferMarker("?", began, []) : new TransferMarker("", circumstances.Began, []);
    }

    /// <summary>What the facts in a journal depend on, as a hash: a boot in which nothing was lost, and no collection since.</summary>
    private static ContentHash MarkOf(RunCircumstances circumstances) => ContentHash.Compute(HashAlgorithmId.Sha1, Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{circumstances.BootId}\n{circumstances.LastCollection?.ToUnixTimeSeconds()}")));
}
