using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>A cache in a folder. The folder itself is the only record: modification times say when an object was last used, and a scan says
/// how much there is, so that processes need not talk to each other.</summary>
internal sealed class FolderObjectCache : ObjectCache
{
    // Between scans a process sees its own writes only. After an eighth of the limit it looks again at what the others wrote.
    private const int ScansPerLimit = 8;

    // An eviction makes room for a while: scanning for every object would cost more than the objects.
    private const double KeepAfterEviction = 0.8;

    // Fine enough to tell old from new, rare enough not to write to the disk with every read.
    private static readonly TimeSpan s_touchInterval = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private int _evicting;
    private long _unscanned;
    private long _known = -1;

    public FolderObjectCache(string folder, long maxBytes, TimeProvider clock)
        : base(new FileObjectStore(folder, new FileObjectStoreOptions()), maxBytes)
    {
        _folder = Path.GetFullPath(folder);
        _clock = clock;
        Directory.CreateDirectory(_folder);
    }

    internal override void Touch(ObjectKey key)
    {
        string path = Path.Combine(_folder, ObjectPath.Of(key));
        try
        {
            var now = _clock.GetUtcNow().UtcDateTime;
            if (now - File.GetLastWriteTimeUtc(path) > s_touchInterval) File.SetLastWriteTimeUtc(path, now);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process evicted it, or the cache is read-only to us: the object just keeps its age.
        }
    }

    internal override async ValueTask AddedAsync(ObjectKey key, long bytes, CancellationToken cancellationToken)
    {
        SetUsedNow(key);
        long unscanned = Interlocked.Add(ref _unscanned, bytes);
        long known = Volatile.Read(ref _known);
        if (known >= 0 && known + unscanned <= MaxBytes && unscanned <= MaxBytes / ScansPerLimit) return;
        if (Interlocked.Exchange(ref _evicting, 1) == 1) return; // one scan at a time is enough
        try
        {
            await EvictAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _evicting, 0);
        }
    }

    internal override async ValueTask RemoveAsync(ObjectKey key, CancellationToken cancellationToken)
        => await Store.DeleteAsync(key, cancellationToken).ConfigureAwait(false);

    private void SetUsedNow(ObjectKey key)
    {
        try
        {
            File.SetLastWriteTimeUtc(Path.Combine(_folder, ObjectPath.Of(key)), _clock.GetUtcNow().UtcDateTime);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Evicted by another process in between.
        }
    }

    private async ValueTask EvictAsync(CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _unscanned, 0);
        var found = new List<(DateTime Used, long Bytes, ObjectKey Key)>();
        long total = 0;
        foreach (var (used, bytes, key) in Scan())
        {
            cancellationToken.ThrowIfCancellationRequested();
            total += bytes;
            found.Add((used, bytes, key));
        }

        if (total > MaxBytes)
        {
            found.Sort(static (left, right) => left.Used.CompareTo(right.Used));
            long target = (long)(MaxBytes * KeepAfterEviction);
            foreach (var (_, bytes, key) in found)
            {
                if (total <= target) break;
                await Store.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
                total -= bytes;
            }
        }

        Volatile.Write(ref _known, total);
    }

    private IEnumerable<(DateTime Used, long Bytes, ObjectKey Key)> Scan()
    {
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };
        var data = new DirectoryInfo(Path.Combine(_folder, ObjectPath.DataFolder));
        if (!data.Exists) yield break;
        foreach (var file in data.EnumerateFiles("*", everything))
        {
            string relative = Path.GetRelativePath(_folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            // Otherwise it is being written, or not ours, or another process removed it while we looked.
            if (ObjectPath.TryParse(relative, out var key) && file.Exists) yield return (file.LastWriteTimeUtc, file.Length, key);
        }
    }
}
