namespace Stratum1Replicator.Operation;

/// <summary>Free space of a file system that holds replicas.</summary>
/// <param name="Path">Where it is mounted.</param>
/// <param name="FreeBytes">Free for this process.</param>
/// <param name="CapacityBytes">Its size.</param>
internal sealed record DiskVolume(string Path, long FreeBytes, long CapacityBytes)
{
    /// <summary>The file systems that folders lie on, each once.</summary>
    public static IReadOnlyList<DiskVolume> Of(IEnumerable<string> folders)
    {
        string[] mounts = [.. DriveInfo.GetDrives().Select(drive => drive.Name).OrderByDescending(name => name.Length)];
        var found = new SortedDictionary<string, DiskVolume>(StringComparer.Ordinal);
        foreach (string folder in folders)
        {
            string real = RealFolder(folder);
            string mount = mounts.FirstOrDefault(mount => real == mount || real.StartsWith(mount.EndsWith('/') ? mount : mount + "/", StringComparison.Ordinal)) ?? real;
            if (found.ContainsKey(mount)) continue;
            try
            {
                var drive = new DriveInfo(real);
                found.Add(mount, new DiskVolume(mount, drive.AvailableFreeSpace, drive.TotalSize));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                found.Add(mount, new DiskVolume(mount, 0, 0)); // cannot be asked: not a place to write to
            }
        }

        return [.. found.Values];
    }

    /// <summary>Where the objects really lie: <c>data</c> may be a link, and a new replica's folder not be there yet.</summary>
    private static string RealFolder(string folder)
    {
        string data = System.IO.Path.Combine(folder, "data");
        string? real = Directory.Exists(data) ? Directory.ResolveLinkTarget(data, returnFinalTarget: true)?.FullName ?? data : folder;
        while (real is not null && !Directory.Exists(real)) real = System.IO.Path.GetDirectoryName(real);
        return real ?? "/";
    }
}
