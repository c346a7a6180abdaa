using Cvmfs.Net;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Stratum1Replicator.Operation;

/// <summary>What a replica's own root files say: true also before this process did anything, and when others did it.</summary>
internal sealed record ReplicaFacts
{
    /// <summary>The served manifest; null if there is none.</summary>
    public Manifest? Manifest { get; init; }

    /// <summary>End of the served whitelist's validity.</summary>
    public DateTimeOffset? WhitelistExpiresAt { get; init; }

    public DateTimeOffset? LastSnapshot { get; init; }

    public DateTimeOffset? LastCollection { get; init; }

    public DateTimeOffset? LastCheck { get; init; }

    public bool? CheckSucceeded { get; init; }

    /// <summary>Since when somebody takes a snapshot.</summary>
    public DateTimeOffset? SnapshottingSince { get; init; }

    /// <summary>What cannot be read; null if everything can.</summary>
    public string? Problem { get; init; }

    public static ReplicaFacts Read(string storageFolder)
    {
        try
        {
            var status = ReadFile(storageFolder, RootFileNames.Status) is { } json ? StatusDocument.Parse(json) : StatusDocument.Empty;
            return new ReplicaFacts
            {
                Manifest = ReadFile(storageFolder, RootFileNames.Manifest) is { } manifest ? Manifest.Parse(manifest) : null,
                WhitelistExpiresAt = ReadFile(storageFolder, RootFileNames.Whitelist) is { } whitelist ? Whitelist.Parse(whitelist).ExpiresAt : null,
                LastSnapshot = status.LastSnapshot?.Time ?? TimeOf(storageFolder, RootFileNames.LastSnapshot),
                LastCollection = status.LastGarbageCollection?.Time,
                LastCheck = status.LastCheck?.Time,
                CheckSucceeded = status.CheckSucceeded,
                SnapshottingSince = TimeOf(storageFolder, RootFileNames.IsSnapshotting),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CvmfsException)
        {
            return new ReplicaFacts { Problem = $"{storageFolder}: {e.Message}" };
        }
    }

    private static byte[]? ReadFile(string folder, string name)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        if (!file.Exists) return null;
        if (file.Length > Manifest.MaxBytes) throw new IOException($"{file.FullName} has {file.Length} bytes, more than any root file needs.");
        return File.ReadAllBytes(file.FullName);
    }

    private static DateTimeOffset? TimeOf(string folder, string name)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }
}
