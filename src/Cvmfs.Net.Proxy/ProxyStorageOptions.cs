namespace Cvmfs.Net.Proxy;

/// <summary>Where a proxy keeps objects, and how many.</summary>
public sealed class ProxyStorageOptions
{
    /// <summary>Folders of the cache, best one a disk; created when missing. Each belongs to one running proxy. Empty: nothing is kept on disk.</summary>
    public IList<string> Folders { get; } = [];

    /// <summary>Bytes on disk in all folders together. Default 50 GB.</summary>
    public long MaxBytes { get; set; } = 50_000_000_000;

    /// <summary>Bytes of memory for objects that are asked for often. Default 512 MiB; 0 keeps none.</summary>
    public long MemoryBytes { get; set; } = 512L << 20;

    /// <summary>Longest object that is kept in memory, in bytes. Default 256 KiB.</summary>
    public int MaxMemoryObjectBytes { get; set; } = 256 << 10;

    /// <summary>Bytes of a disk that are left to others: below, nothing more is stored. Default 1 GiB.</summary>
    public long MinFreeBytes { get; set; } = 1L << 30;

    /// <summary>Share of a disk that is left to others: below, nothing more is stored. Default 0.05; the larger of both counts.</summary>
    public double MinFreeShare { get; set; } = 0.05;

    /// <summary>How long a disk that failed is left alone before it is tried again. Default 30 s.</summary>
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second that are read in the background to find damage. Default 4 MiB; 0 looks for none.</summary>
    public long ScrubBytesPerSecond { get; set; } = 4 << 20;

    /// <summary>Large files that are kept open at once, so that sending one needs no opening. Default 1,024.</summary>
    public int MaxOpenFiles { get; set; } = 1024;

    /// <summary>What single repositories may take at most and keep at least. The most may exceed the whole together.</summary>
    public IDictionary<string, RepositoryQuota> Quotas { get; } = new Dictionary<string, RepositoryQuota>(StringComparer.Ordinal);

    /// <summary>What is wrong with the settings, each as <c>Storage:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, value, least, most) in new (string, double, double, double)[]
        {
            (nameof(MaxBytes), MaxBytes, 1 << 20, 1L << 50),
            (nameof(MemoryBytes), MemoryBytes, 0, 1L << 44),
            (nameof(MaxMemoryObjectBytes), MaxMemoryObjectBytes, 4 << 10, 64 << 20),
            (nameof(MinFreeBytes), MinFreeBytes, 0, 1L << 50),
            (nameof(MinFreeShare), MinFreeShare, 0, 0.95),
            (nameof(RetryInterval), RetryInterval.TotalSeconds, 1, 3600),
            (nameof(ScrubBytesPerSecond), ScrubBytesPerSecond, 0, 1L << 40),
            (nameof(MaxOpenFiles), MaxOpenFiles, 16, 1 << 20),
        })
        {
            if (!(value >= least && value <= most)) yield return $"Storage:{name}: {value} is not between {least} and {most}.";
        }

        if (Folders.Any(string.IsNullOrWhiteSpace)) yield return $"Storage:{nameof(Folders)}: a folder without a name.";
        if (Folders.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Count() < Folders.Count) yield return $"Storage:{nameof(Folders)}: the same folder twice.";
        foreach (var (repository, quota) in Quotas)
        {
            if (quota.MaxBytes <= 0 || quota.FloorBytes < 0 || quota.FloorBytes > quota.MaxBytes)
            {
                yield return $"Storage:{nameof(Quotas)}:{repository}: at least {quota.FloorBytes} and at most {quota.MaxBytes} bytes cannot both hold.";
            }
        }
    }
}
