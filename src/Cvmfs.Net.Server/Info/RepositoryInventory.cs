using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Objects;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Info;

/// <summary>Lists the repositories below the root folder; looks again when the last look is older than the options allow.</summary>
internal sealed class RepositoryInventory(CvmfsServerOptions options, TimeProvider time, ILogger logger)
{
    private const int MaxManifestBytes = 1 << 20;

    private readonly Lock _scan = new();
    private Look? _last;

    /// <summary>The repositories, by alias in ordinal order.</summary>
    /// <exception cref="IOException">The root folder cannot be read.</exception>
    public IReadOnlyList<ServedRepository> Repositories
    {
        get
        {
            var last = Volatile.Read(ref _last);
            if (last is not null && time.GetElapsedTime(last.Taken) < options.InventoryLifetime) return last.Repositories;
            lock (_scan) // many requests at once cost one scan
            {
                last = _last;
                if (last is null || time.GetElapsedTime(last.Taken) >= options.InventoryLifetime)
                {
                    long now = time.GetTimestamp();
                    Volatile.Write(ref _last, last = new Look(now, Scan()));
                }

                return last.Repositories;
            }
        }
    }

    private List<ServedRepository> Scan()
    {
        var found = new List<ServedRepository>();
        foreach (string folder in Directory.EnumerateDirectories(options.RootFolder))
        {
            string alias = Path.GetFileName(folder);
            if (RequestPath.IsAlias(alias) && Inspect(folder, alias) is { } repository) found.Add(repository);
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Alias, b.Alias));
        return found;
    }

    private ServedRepository? Inspect(string folder, string alias)
    {
        bool isSnapshotting = File.Exists(Path.Combine(folder, RootFileNames.IsSnapshotting));
        bool isReplica = isSnapshotting || File.Exists(Path.Combine(folder, RootFileNames.LastSnapshot));
        string manifestFile = Path.Combine(folder, RootFileNames.Manifest);
        try
        {
            if (!File.Exists(manifestFile)) return isReplica ? new ServedRepository(alias, alias, true, null, isSnapshotting) : null;
            if (new FileInfo(manifestFile).Length > MaxManifestBytes) throw new CvmfsFormatException(manifestFile, $"longer than {MaxManifestBytes} bytes.");
            var manifest = Manifests.Manifest.Parse(File.ReadAllBytes(manifestFile));
            return new ServedRepository(alias, manifest.RepositoryName is { Length: > 0 } name ? name : alias, isReplica, manifest.Revision, isSnapshotting);
        }
        catch (Exception e) when (e is CvmfsFormatException or IOException or UnauthorizedAccessException)
        {
            logger.ManifestUnreadable(alias, e);
            return new ServedRepository(alias, alias, isReplica, null, isSnapshotting, e.Message);
        }
    }

    private sealed record Look(long Taken, IReadOnlyList<ServedRepository> Repositories);
}
