namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>Hashes every object of a storage. Thread-safe.</summary>
/// <param name="storageFolder">Holds <c>data/</c>.</param>
/// <param name="services">Null for the defaults.</param>
public sealed class StorageScrubber(string storageFolder, ScrubServices? services = null)
{
    private readonly ScrubServices _services = services ?? new ScrubServices();

    /// <summary>Full path of the storage folder.</summary>
    public string StorageFolder { get; } = Path.GetFullPath(storageFolder);

    /// <summary>Scrubs it.</summary>
    /// <param name="options">How.</param>
    /// <param name="progress">Hears some times a second how far the scrub is.</param>
    /// <param name="cancellationToken">Ends the scrub early; with <see cref="ScrubOptions.Resume"/> a later one goes on there.</param>
    /// <returns>What was found. Only misuse and cancellation throw.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<ScrubReport> ScrubAsync(ScrubOptions options, IProgress<ScrubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ = _services;
        throw new NotImplementedException();
    }
}
