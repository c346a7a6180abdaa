using Cvmfs.Net.Replication.Publishing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>The lock of a host that keeps two checks of all replicas from running at once. Held until disposed.</summary>
public sealed class CheckAllLock : IDisposable
{
    /// <summary>The reference's name of it, in the folder of all spool folders.</summary>
    public const string FileName = "is_checking_all.lock";

    private readonly ReplicaLock _lock;

    private CheckAllLock(ReplicaLock taken) => _lock = taken;

    /// <summary>Takes the lock at once or not at all.</summary>
    /// <param name="spoolRoot">The folder of all spool folders; the reference's is <c>/var/spool/cvmfs</c>. Made where it is missing.</param>
    /// <param name="timeProvider">The clock; the system's where null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null if somebody else holds it.</returns>
    /// <exception cref="IOException">The file cannot be made or locked.</exception>
    public static async Task<CheckAllLock?> TryTakeAsync(string spoolRoot, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(spoolRoot);
        Directory.CreateDirectory(spoolRoot);
        var taken = await ReplicaLock.TakeAsync(Path.Combine(spoolRoot, FileName), TimeSpan.Zero, timeProvider ?? TimeProvider.System, cancellationToken).ConfigureAwait(false);
        return taken is null ? null : new CheckAllLock(taken);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
