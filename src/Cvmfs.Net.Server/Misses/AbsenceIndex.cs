// Misses/ answers "there is no such object" without touching the disk, and is right where it matters.
//
//   a folder's filter counts only while the folder's own time of change is the one from before it was read; that time is looked at again
//   when a second has passed, and for every folder after the manifest has changed
//
// Must stay true
//   - An object that the served manifest can reach is never called absent. Its file was there before the manifest was, and the manifest is
//     served after it was read: looks before that do not count any more, and a later look sees that the folder has changed.
//   - Whatever else appears is seen within a second, whoever writes it.
using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.RootFiles;

namespace Cvmfs.Net.Server.Misses;

/// <summary>Knows objects that are not there. Safe for concurrent use.</summary>
internal sealed class AbsenceIndex
{
    private const int Folders = 256;

    private readonly PresenceIndex _index;
    private readonly TimeProvider _time;
    private readonly TimeSpan _recheck;
    private readonly TimeSpan _settled;
    private readonly Folder[] _folders = new Folder[Folders];
    private long _generation;

    public AbsenceIndex(string repositoryFolder, CvmfsServerOptions options, TimeProvider time)
    {
        string data = Path.Combine(repositoryFolder, ObjectPath.DataFolder);
        _index = new PresenceIndex(new FileObjectStore(repositoryFolder), new PresenceIndexOptions { MemoryBytes = options.AbsenceMemoryBytes });
        _time = time;
        _recheck = options.AbsenceCheckInterval;
        _settled = options.AbsenceSettleTime;
        for (int i = 0; i < Folders; i++) _folders[i] = new Folder(Path.Combine(data, i.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>No look until now counts any more.</summary>
    public void Expire() => Interlocked.Increment(ref _generation);

    /// <summary>Whether it is certain that there is no such object. False says nothing.</summary>
    /// <remarks>Now and then looks at a folder's state, and reads a folder where so many were asked for in vain that it pays.</remarks>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public bool IsAbsent(ObjectKey key)
    {
        var folder = _folders[key.Hash.FirstByte];
        lock (folder)
        {
            long generation = Interlocked.Read(ref _generation);
            if (folder.Generation != generation || _time.GetElapsedTime(folder.LookedAt) >= _recheck)
            {
                Look(folder, key.Hash.FirstByte);
                (folder.Generation, folder.LookedAt) = (generation, _time.GetTimestamp());
            }

            return folder.IsSettled && _index.IsKnownAbsent(key);
        }
    }

    /// <summary>Takes note of an object that this process has stored.</summary>
    public void Added(ObjectKey key) => _index.Added(key);

    private void Look(Folder folder, byte number)
    {
        var stamp = FileStamp.Of(folder.Path, followsLink: true);
        if (stamp != folder.Stamp) _index.Forget(number);
        folder.Stamp = stamp;
        // The clock of the file system, which is that of the machine or of a file server: a look into the future is no settled state either.
        var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromMicroseconds(stamp.Changed / 1000d);
        folder.IsSettled = stamp.Exists && age >= _settled;
    }

    private sealed class Folder(string path)
    {
        public string Path { get; } = path;

        public FileStamp Stamp { get; set; }

        public bool IsSettled { get; set; }

        public long Generation { get; set; } = -1;

        public long LookedAt { get; set; }
    }
}
