// Takes a replica off a host. In this order, so that it can be repeated after any interruption:
//
//   locks ─► manifest (nobody is served half of it) ─► storage ─► spool ─► repositories.d/<alias> ─► repositories.json
//
// Must stay true
//   - Only what a replica consists of is removed, by name; folders are removed when they are empty. Whatever a configuration file says, nothing else is.
//   - No link is followed: neither the storage folder nor its data folder may be one.
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Removes replicas from a host.</summary>
public sealed class ReplicaRemoval
{
    private readonly HostConfiguration _host;
    private readonly TimeProvider _time;

    /// <summary>Names the host; touches nothing.</summary>
    /// <param name="host">Its configuration.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public ReplicaRemoval(HostConfiguration host, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        (_host, _time) = (host, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Removes a replica.</summary>
    /// <param name="replica">One of the host's.</param>
    /// <param name="keepData">Whether the storage folder stays, to be used again or to be moved.</param>
    /// <param name="cancellationToken">Cancels between steps; a second attempt goes on.</param>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    public async Task<ReplicaRemoveReport> RemoveAsync(ReplicaConfiguration replica, bool keepData = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ReplicaRemoveReport Report(ReplicaRemoveOutcome outcome, string message) => new(outcome, replica.Alias, message);
        if (!replica.Storage.IsLocal && !keepData) return Report(ReplicaRemoveOutcome.Refused, $"its objects are kept in storage of the kind {replica.Storage.Kind}, which is not reached from here. Keep the data, or use the reference's tools.");
        string storage = replica.Storage.IsLocal ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(replica.Storage.Target)) : "";
        string spool = Path.TrimEndingDirectorySeparator(Path.GetFullPath(replica.SpoolFolder));
        if ((keepData ? null : WhyNotToRemove(storage, replica)) is { } reason) return Report(ReplicaRemoveOutcome.Refused, reason);
        if (IsLink(spool)) return Report(ReplicaRemoveOutcome.Refused, $"{spool} is a symbolic link. Remove what it stands for by hand.");

        var warnings = new List<string>();
        try
        {
            bool hasSpool = Directory.Exists(spool);
            using var taken = hasSpool ? await ReplicaLock.TakeBothAsync(spool, TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false) : null;
            if (hasSpool && taken is null) return Report(ReplicaRemoveOutcome.Locked, $"another run is at work in {spool} ({ReplicaLock.DescribeHolder(Path.Combine(spool, ReplicaLock.FileName))}).");
            if (!keepData) RemoveStorage(storage, warnings, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (hasSpool) RemoveSpool(spool, replica.Alias, warnings);
            RemoveConfiguration(replica.Folder, warnings);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{e.Message} Run as root, or as the account that owns the replica.", e);
        }

        await WriteInfoAsync(warnings).ConfigureAwait(false);
        return Report(ReplicaRemoveOutcome.Removed, keepData ? $"is no replica any more; its data stays in {replica.Storage.Target}." : "is gone, with its data.") with { Warnings = warnings };
    }

    private string? WhyNotToRemove(string storage, ReplicaConfiguration replica)
    {
        if (!Directory.Exists(storage)) return null;
        if (IsLink(storage)) return $"{storage} is a symbolic link. Remove what it stands for by hand, or keep the data.";
        string data = Path.Combine(storage, ObjectPath.DataFolder);
        if (IsLink(data)) return $"{data} is a symbolic link. Remove what it stands for by hand, or keep the data.";
        string[] others = [.. _host.Replicas.Where(other => other.Alias != replica.Alias && other.Storage.IsLocal).Select(other => Path.GetFullPath(other.Storage.Target)), Path.GetFullPath(_host.Options.Folder)];
        if (others.FirstOrDefault(other => IsWithin(other, storage) || IsWithin(storage, other)) is { } shared) return $"{storage} and {shared} lie in one another. Put that right first, or keep the data.";
        bool isEmpty = !Directory.EnumerateFileSystemEntries(storage).Any();
        bool looksRight = Directory.Exists(Path.Combine(data, "00")) || Directory.Exists(Path.Combine(data, "ff")) || File.Exists(Path.Combine(storage, RootFileNames.Manifest));
        return isEmpty || looksRight || replica.IsPassThrough ? null : $"{storage} does not look like a replica's storage: there is no data/00 in it. Check CVMFS_UPSTREAM_STORAGE, or keep the data.";
    }

    private static void RemoveStorage(string storage, List<string> warnings, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(storage)) return;
        File.Delete(Path.Combine(storage, RootFileNames.Manifest));
        string data = Path.Combine(storage, ObjectPath.DataFolder);
        if (Directory.Exists(data))
        {
            foreach (string folder in Directory.EnumerateDirectories(data))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (IsLink(folder)) Directory.Delete(folder);
                else Directory.Delete(folder, recursive: true);
            }

            Directory.Delete(data, recursive: true);
        }

        foreach (string own in (ReadOnlySpan<string>)["stats", ReplicaLocation.PrivateFolder])
        {
            string folder = Path.Combine(storage, own);
            if (Directory.Exists(folder) && !IsLink(folder)) Directory.Delete(folder, recursive: true);
        }

        foreach (string file in Directory.EnumerateFiles(storage, ".cvmfs*", new EnumerationOptions { AttributesToSkip = 0 })) File.Delete(file);
        RemoveIfEmpty(storage, warnings);
    }

    // A folder of the replica's name that holds a replica's files is its own; of any other one only the files that are known go.
    private static void RemoveSpool(string spool, string alias, List<string> warnings)
    {
        string[] own = [ReplicaFiles.Temporary, "reflog.chksum", ReplicaLock.FileName, ReplicaLock.CollectingFileName, "stats.db", "status.lock"];
        string[] found = [.. own.Select(name => Path.Combine(spool, name)).Where(path => Path.Exists(path) || IsLink(path))];
        if (Path.GetFileName(spool) == alias && found.Length > 0)
        {
            Directory.Delete(spool, recursive: true);
            return;
        }

        foreach (string file in found) File.Delete(file);
        RemoveIfEmpty(spool, warnings);
    }

    private static void RemoveConfiguration(string folder, List<string> warnings)
    {
        string server = Path.Combine(folder, ReplicaFiles.ServerConf);
        string replica = Path.Combine(folder, ReplicaFiles.ReplicaConf);
        if (Directory.EnumerateFileSystemEntries(folder).All(entry => entry == server || entry == replica) && !IsLink(folder))
        {
            string hidden = Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}.removed");
            if (Directory.Exists(hidden)) Directory.Delete(hidden, recursive: true);
            Directory.Move(folder, hidden);
            Directory.Delete(hidden, recursive: true);
            return;
        }

        File.Delete(server); // in this order: the other one alone would make it look like a repository that is published here
        File.Delete(replica);
        RemoveIfEmpty(folder, warnings);
    }

    private static void RemoveIfEmpty(string folder, List<string> warnings)
    {
        string[] left = [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal).Take(5)];
        if (left.Length == 0) Directory.Delete(folder);
        else warnings.Add($"{folder} stays: it holds what is none of a replica's ({string.Join(", ", left)}).");
    }

    private async Task WriteInfoAsync(List<string> warnings)
    {
        try
        {
            HostInfo.Write(await HostConfiguration.LoadAsync(_host.Options).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CvmfsException)
        {
            warnings.Add($"repositories.json could not be written: {e.Message}");
        }
    }

    private static bool IsLink(string path) => new DirectoryInfo(path).LinkTarget is not null;

    private static bool IsWithin(string inner, string outer)
        => inner == outer || inner.StartsWith(outer.EndsWith(Path.DirectorySeparatorChar) ? outer : outer + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
