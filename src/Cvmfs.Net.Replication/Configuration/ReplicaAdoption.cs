// Looks at a replica that the reference's tools have kept before this program takes it over. Taking over needs no step of its own: files and
// folders stay what they are, so this changes nothing, and going back is to stop this program and to let the reference's cron jobs run again.
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Finds out whether a replica of the reference's tools can be taken over as it is.</summary>
public sealed class ReplicaAdoption
{
    private const long LittleSpace = 10L << 30;
    private const int MaxReflogBytes = 1 << 30;

    private static readonly TimeSpan s_whitelistWarning = TimeSpan.FromDays(7);

    private readonly ReplicaConfiguration _replica;
    private readonly HostConfiguration _host;
    private readonly TimeProvider _time;
    private readonly List<AdoptionFinding> _findings = [];

    /// <summary>Names the replica; touches nothing.</summary>
    /// <param name="host">Its host.</param>
    /// <param name="replica">The replica.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public ReplicaAdoption(HostConfiguration host, ReplicaConfiguration replica, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(replica);
        (_host, _replica, _time) = (host, replica, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Looks at everything.</summary>
    /// <param name="checks">Whether catalogs are checked, too: their metadata, not the objects.</param>
    /// <param name="progress">Hears how far that check is.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<IReadOnlyList<AdoptionFinding>> LookAsync(bool checks = true, IProgress<CheckProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _findings.Clear();
        if (LookAtConfiguration() is not { } location || _replica.IsPassThrough) return _findings;
        var keys = await LookAtKeysAsync(cancellationToken).ConfigureAwait(false);
        if (!LookAtFolders(location)) return _findings;
        LookAtPermissions(location);
        await LookAtLocksAsync(location, cancellationToken).ConfigureAwait(false);
        LookAtSpace(location);
        var verified = keys is null ? null : await LookAtManifestAsync(location, keys, cancellationToken).ConfigureAwait(false);
        await LookAtReflogAsync(location, cancellationToken).ConfigureAwait(false);
        LookAtSchedule();
        if (checks && verified is not null) await CheckAsync(location, keys!, progress, cancellationToken).ConfigureAwait(false);
        return _findings;
    }

    private void Add(string subject, AdoptionLevel level, string message) => _findings.Add(new AdoptionFinding(subject, level, message));

    private ReplicaLocation? LookAtConfiguration()
    {
        try
        {
            var location = _replica.IsPassThrough ? new ReplicaLocation(_replica.Storage.Target, _replica.SpoolFolder) : _replica.Location;
            _ = _replica.ToReplicationOptions(_time);
            Add("configuration", AdoptionLevel.Good, $"{_replica.Folder} is understood{(_replica.IsPassThrough ? "; requests are passed through, there is nothing else to look at" : "")}.");
            foreach (string note in _host.Notes.Concat(_replica.Notes)) Add("configuration", AdoptionLevel.Note, note);
            if (_replica.UnusedSettings.Count > 0) Add("configuration", AdoptionLevel.Note, $"not used here: {string.Join(", ", _replica.UnusedSettings.Select(setting => setting.Name))}.");
            if (!_replica.IsActive) Add("configuration", AdoptionLevel.Note, "CVMFS_REPLICA_ACTIVE=no: it is left out by everything that takes all replicas.");
            return location;
        }
        catch (ConfigurationException e)
        {
            Add("configuration", AdoptionLevel.Obstacle, e.Message);
            return null;
        }
    }

    private async Task<MasterKeys?> LookAtKeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            var keys = await _replica.LoadKeysAsync(cancellationToken).ConfigureAwait(false);
            Add("keys", AdoptionLevel.Good, $"{keys.Count} public master keys.");
            return keys;
        }
        catch (ConfigurationException e)
        {
            Add("keys", AdoptionLevel.Obstacle, e.Message);
            return null;
        }
    }

    private bool LookAtFolders(ReplicaLocation location)
    {
        string data = Path.Combine(location.StorageFolder, ObjectPath.DataFolder);
        if (!Directory.Exists(data))
        {
            Add("storage", AdoptionLevel.Obstacle, $"there is no {data}. Mount or restore it, or remove the replica.");
            return false;
        }

        int missing = Enumerable.Range(0, 256).Count(i => !Directory.Exists(Path.Combine(data, $"{i:x2}")));
        Add("storage", missing == 0 ? AdoptionLevel.Good : AdoptionLevel.Note, missing == 0 ? $"{data} has its 256 folders." : $"{data} lacks {missing} of its 256 folders; the next snapshot makes them.");
        if (new DirectoryInfo(data).LinkTarget is not null) Add("storage", AdoptionLevel.Note, $"{data} is a symbolic link: garbage is only collected when that is allowed expressly.");
        if (!Directory.Exists(location.SpoolFolder)) Add("spool", AdoptionLevel.Note, $"there is no {location.SpoolFolder}; the next snapshot makes it.");
        if (location.ReflogChecksumFolder != location.SpoolFolder) Add("spool", AdoptionLevel.Note, $"the reflog's checksum is kept in {location.ReflogChecksumFolder}, where the reference looks for it whatever CVMFS_SPOOL_DIR says.");
        return true;
    }

    // By trying: what a file of that name would be, the reference's tools ignore and the next run sweeps away.
    private void LookAtPermissions(ReplicaLocation location)
    {
        foreach (string folder in (ReadOnlySpan<string>)[Path.Combine(location.StorageFolder, ObjectPath.DataFolder, "txn"), location.SpoolFolder])
        {
            if (!Directory.Exists(folder)) continue;
            string file = Path.Combine(folder, $"put.adoption.{Environment.ProcessId}");
            try
            {
                File.WriteAllBytes(file, []);
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Add("permissions", AdoptionLevel.Obstacle, $"{Environment.UserName} cannot write to {folder}. Run as {_replica.User ?? "the account that owns it"}.");
                return;
            }
        }

        bool isOther = _replica.User is { } owner && owner != Environment.UserName;
        Add("permissions", isOther ? AdoptionLevel.Warning : AdoptionLevel.Good, isOther
            ? $"the files belong to {_replica.User}, and this runs as {Environment.UserName}: run it as {_replica.User}, or new files belong to somebody else."
            : $"{Environment.UserName} can write there.");
    }

    private async Task LookAtLocksAsync(ReplicaLocation location, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(location.SpoolFolder)) return;
        try
        {
            using var taken = await ReplicaLock.TakeBothAsync(location.SpoolFolder, TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false);
            if (taken is null) Add("locks", AdoptionLevel.Obstacle, "somebody is at work on the replica. Stop cron's cvmfs_server snapshot, wait for it to end, and look again.");
            else if (File.Exists(Path.Combine(location.StorageFolder, RootFileNames.IsSnapshotting))) Add("locks", AdoptionLevel.Note, "a snapshot was cut off; the next one completes it.");
            else Add("locks", AdoptionLevel.Good, "nobody is at work.");
        }
        catch (IOException e)
        {
            Add("locks", AdoptionLevel.Obstacle, e.Message);
        }
    }

    private void LookAtSpace(ReplicaLocation location)
    {
        if (ReplicaStatus.FreeBytesOf(location.StorageFolder) is not { } free) return;
        Add("space", free < LittleSpace ? AdoptionLevel.Warning : AdoptionLevel.Good, $"{free >> 20} MiB are free{(free < LittleSpace ? ": that is little" : "")}.");
    }

    private async Task<VerifiedManifest?> LookAtManifestAsync(ReplicaLocation location, MasterKeys keys, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(location.StorageFolder, RootFileNames.Manifest)))
        {
            Add("manifest", AdoptionLevel.Note, "there is none: no snapshot has ever succeeded. The next one begins.");
            return null;
        }

        try
        {
            var verifier = new ManifestVerifier(keys, _host.Blacklist, null, _time);
            var verified = await new VerifiedManifestFetcher(new DirectoryRepositorySource(location.StorageFolder), _replica.Repository, verifier).FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            var left = verified.WhitelistExpires - _time.GetUtcNow();
            Add("manifest", AdoptionLevel.Good, $"revision {verified.Manifest.Revision} is served, signed as it should be.");
            Add("whitelist", left < s_whitelistWarning ? AdoptionLevel.Warning : AdoptionLevel.Good, $"valid for {left.TotalDays:0.0} more days{(left < s_whitelistWarning ? ": take a snapshot, and ask the publisher to sign it anew" : "")}.");
            return verified;
        }
        catch (CvmfsTrustException e) when (e.Failure == TrustFailure.WhitelistExpired)
        {
            Add("whitelist", AdoptionLevel.Warning, $"{e.Message} Clients refuse the replica until a snapshot brings a new one.");
        }
        catch (Exception e) when (e is CvmfsException or IOException)
        {
            Add("manifest", AdoptionLevel.Obstacle, e.Message);
        }

        return null;
    }

    private async Task LookAtReflogAsync(ReplicaLocation location, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? image = await new RootFolder(location.StorageFolder).ReadAsync(RootFileNames.Reflog, MaxReflogBytes, cancellationToken).ConfigureAwait(false);
            byte[]? text = await new RootFolder(location.ReflogChecksumFolder).ReadAsync(ReplicaReflog.ChecksumName, 256, cancellationToken).ConfigureAwait(false);
            const string Rebuilt = "The next snapshot rebuilds it from the storage, which takes a look at every catalog";
            if (image is null && text is null) Add("reflog", AdoptionLevel.Note, $"there is none. {Rebuilt}.");
            else if (image is null) Add("reflog", AdoptionLevel.Warning, $"its checksum is there and it is not. {Rebuilt}.");
            else if (text is null || !ContentHash.TryParse(Encoding.ASCII.GetString(text).Trim(), out var checksum)) Add("reflog", AdoptionLevel.Warning, $"its checksum {location.ReflogChecksumFolder}/{ReplicaReflog.ChecksumName} is missing or none. {Rebuilt}.");
            else if (Reflog.ComputeChecksum(checksum.Algorithm, image) != checksum) Add("reflog", AdoptionLevel.Warning, $"it does not match its checksum. {Rebuilt}.");
            else Add("reflog", AdoptionLevel.Good, "it matches its checksum.");
        }
        catch (Exception e) when (e is CvmfsFormatException or IOException)
        {
            Add("reflog", AdoptionLevel.Warning, e.Message);
        }
    }

    // Both may run on one host, for they respect each other's locks; but one of them is enough.
    private void LookAtSchedule()
    {
        try
        {
            string[] jobs = Directory.Exists("/etc/cron.d") ? [.. Directory.EnumerateFiles("/etc/cron.d").Where(file => new FileInfo(file).Length < ShellFragment.MaxBytes && File.ReadAllText(file).Contains("cvmfs_server", StringComparison.Ordinal))] : [];
            if (jobs.Length > 0) Add("schedule", AdoptionLevel.Note, $"{string.Join(", ", jobs)} run the reference's tools. Both keep out of each other's way; one of them is enough.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Add("schedule", AdoptionLevel.Note, $"whether the reference's cron jobs are on could not be seen: {e.Message}");
        }
    }

    private async Task CheckAsync(ReplicaLocation location, MasterKeys keys, IProgress<CheckProgress>? progress, CancellationToken cancellationToken)
    {
        var checker = new ReplicaChecker(location, new CheckServices { TimeProvider = _time, Blacklist = _host.Blacklist });
        var report = await checker.CheckAsync(new CheckOptions { Keys = keys, Repository = _replica.Repository, Existence = false, LockPatience = TimeSpan.Zero }, progress, cancellationToken).ConfigureAwait(false);
        Add("check", report.Succeeded ? AdoptionLevel.Good : AdoptionLevel.Warning, report.Message);
        foreach (var finding in report.Findings.Take(10)) Add("check", AdoptionLevel.Warning, finding.ToString());
    }
}
