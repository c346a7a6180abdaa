// Content/ says what a request is answered with; Objects/ and Connections/ say how that is sent.
//
//   RequestPath ─► TryAnswer: memory only ──────────────► Answer
//                    └─ not known there ─► AnswerFromDisk ┘        (may wait for the disk)
//
// Must stay true
//   - TryAnswer never waits for a disk, so that it can run where many connections share a thread.
//   - Both ways of sending get their answers here: there is one decision about what is served.
using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Memory;
using Cvmfs.Net.Server.Objects;
using Cvmfs.Net.Server.RootFiles;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Server.Content;

/// <summary>Everything that is served below <c>/cvmfs/&lt;alias&gt;/</c>, as bytes. Safe for concurrent use.</summary>
internal sealed class ServedContent
{
    private readonly CvmfsServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ServerMetrics _metrics;
    private readonly ServedFile _files;
    private readonly HotObjects _hot;
    private readonly ConcurrentDictionary<string, ServedReplica> _replicas = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ServedReplica>.AlternateLookup<ReadOnlySpan<char>> _byAlias;
    private int _lastNumber;

    public ServedContent(CvmfsServerOptions options, TimeProvider time, ILogger logger, ServerMetrics metrics)
    {
        (_options, _time, _logger, _metrics) = (options, time, logger, metrics);
        _files = new ServedFile(options.RootFolder);
        _hot = new HotObjects(options.HotObjectBytes, options.MaxHotObjectBytes);
        _byAlias = _replicas.GetAlternateLookup<ReadOnlySpan<char>>();
        metrics.Watch(_hot);
    }

    /// <summary>Answers from memory. False where the disk has to be asked.</summary>
    public bool TryAnswer(in RequestPath path, out Answer answer)
    {
        answer = default;
        if (!_byAlias.TryGetValue(path.Alias, out var replica)) return false;
        if (path.Resource == RequestedResource.RootFile)
        {
            if (!RootFileSet.Names(path.Rest) || replica.RootFiles.IsDue) return false;
            answer = FromSet(replica.RootFiles.Current, path.Rest);
            return true;
        }

        if (path.Resource is not (RequestedResource.Object or RequestedResource.AlternativeName)) return false;
        if (_hot.Find(new HotKey(replica.Number, path.Key)) is not { } content) return false;
        _metrics.MemoryHits.Add(1);
        answer = Answer.Of(content, ClassOf(path.Resource));
        return true;
    }

    /// <summary>Answers from the disk, or from what is known about it. May wait for it.</summary>
    public Answer AnswerFromDisk(in RequestPath path)
    {
        try
        {
            if (Find(path.Alias) is not { } replica) return Answer.NotFound;
            return path.Resource switch
            {
                RequestedResource.RootFile when RootFileSet.Names(path.Rest) => RootFile(replica, path.Rest),
                RequestedResource.RootFile or RequestedResource.Statistics => OtherFile(path),
                RequestedResource.Object or RequestedResource.AlternativeName => Object(replica, path),
                _ => Answer.NotFound,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.FileUnreadable(path.Alias.ToString(), path.Rest.ToString(), e);
            return Answer.Unreadable;
        }
    }

    /// <summary>The repository of that alias; null where there is no folder for it.</summary>
    public ServedReplica? Find(ReadOnlySpan<char> alias)
    {
        if (_byAlias.TryGetValue(alias, out var known)) return known;
        string name = alias.ToString();
        if (!RequestPath.IsAlias(name) || !Directory.Exists(Path.Combine(_options.RootFolder, name))) return null;
        return _replicas.GetOrAdd(name, _ => new ServedReplica(Interlocked.Increment(ref _lastNumber), name, _options, _time, _logger));
    }

    /// <summary>Makes the next request for a root file of a repository look at the disk; of all repositories where the alias is null.</summary>
    public void Refresh(string? alias)
    {
        foreach (var replica in _replicas.Values)
        {
            if (alias is null || replica.Alias == alias) replica.RootFiles.Expire();
        }
    }

    private Answer RootFile(ServedReplica replica, ReadOnlySpan<char> name)
    {
        var set = replica.RootFiles.Look();
        if (set is null && !Directory.Exists(replica.Folder)) _replicas.TryRemove(KeyValuePair.Create(replica.Alias, replica));
        return FromSet(set, name);
    }

    private static Answer FromSet(RootFileSet? set, ReadOnlySpan<char> name)
        => set?.Find(name) is { } bytes ? Answer.Of(bytes, ContentClass.RootFile) : Answer.NotFound;

    private Answer Object(ServedReplica replica, in RequestPath path)
    {
        var key = path.Key;
        // Also those who asked before anything was in memory come here; another one may have been faster.
        if (_hot.Find(new HotKey(replica.Number, key)) is { } content) return Answer.Of(content, ClassOf(path.Resource));
        if (_options.AbsenceMemoryBytes > 0 && replica.Absences.IsAbsent(key))
        {
            _metrics.EarlyMisses.Add(1);
            return Answer.NotFound;
        }

        var file = path.Resource == RequestedResource.AlternativeName ? _files.Open(path.Alias, ObjectPath.Of(key)) : _files.Open(path.Alias, path.Rest);
        if (file is null || !TryGetLength(file, path.Resource, out long length)) return Answer.NotFound;
        if (length > _hot.MaxObjectBytes) return new Answer(AnswerKind.File, ClassOf(path.Resource), null, file, length);
        using (file)
        {
            content = ReadWhole(file, (int)length);
            // An empty file is what a power loss leaves of one whose bytes never reached the disk, and the commonest damage by far.
            bool isDamaged = length == 0 && ContentHash.Compute(key.Hash.Algorithm, []) != key.Hash;
            if (!isDamaged && _hot.Offer(new HotKey(replica.Number, key), content)) return Answer.Of(content, ClassOf(path.Resource));
        }

        _logger.ObjectDamaged(replica.Alias, key.ToString());
        _metrics.Damaged.Add(1);
        return Answer.Unreadable;
    }

    private Answer OtherFile(in RequestPath path)
    {
        var file = _files.Open(path.Alias, path.Rest);
        if (file is null || !TryGetLength(file, path.Resource, out long length)) return Answer.NotFound;
        return new Answer(AnswerKind.File, path.Resource == RequestedResource.Statistics ? ByExtension(path.Rest) : ContentClass.RootFile, null, file, length);
    }

    private static ContentClass ClassOf(RequestedResource resource) => resource == RequestedResource.Object ? ContentClass.Object : ContentClass.RootFile;

    private static ContentClass ByExtension(ReadOnlySpan<char> path) => Path.GetExtension(path) switch
    {
        ".json" => ContentClass.Json,
        ".html" => ContentClass.Html,
        ".txt" or ".csv" or ".log" => ContentClass.Text,
        _ => ContentClass.Object,
    };

    private static byte[] ReadWhole(SafeFileHandle file, int length)
    {
        byte[] content = GC.AllocateUninitializedArray<byte>(length);
        for (int filled = 0; filled < length;)
        {
            int read = RandomAccess.Read(file, content.AsSpan(filled), filled);
            if (read == 0) throw new IOException($"ended after {filled} of {length} bytes.");
            filled += read;
        }

        return content;
    }

    /// <summary>False, and the handle closed, for what opens like a file and is none: a FIFO, and next to the manifest a folder.</summary>
    private static bool TryGetLength(SafeFileHandle file, RequestedResource resource, out long length)
    {
        length = 0;
        try
        {
            length = RandomAccess.GetLength(file);
            // Only a store gone wrong has folders among its objects; a look at each of them would cost a system call per request.
            if (resource == RequestedResource.Object || (File.GetAttributes(file) & FileAttributes.Directory) == 0) return true;
        }
        catch (NotSupportedException)
        {
            // no length: a FIFO or a device
        }

        file.Dispose();
        return false;
    }
}
