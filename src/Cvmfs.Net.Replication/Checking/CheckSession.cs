using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.References;
using Cvmfs.Net.Replication.Repairing;
using Cvmfs.Net.Replication.Scrubbing;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>One check, from the first file to the report.</summary>
internal sealed class CheckSession
{
    private const string TemporaryFolder = "check.tmp";
    private const long MaxListBytes = 16L << 30; // of kept references; a hundredth of what they are about

    private readonly ReplicaLocation _location;
    private readonly CheckOptions _options;
    private readonly CheckServices _services;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _startedAt;
    private readonly long _began;
    private readonly RepairLog _repairs = new();
    private readonly FindingLog _findings;
    private readonly ReferenceLists _lists;
    private CheckContext? _context; // of the look that is going on, or was last
    private CatalogGraph? _graph;
    private ExistenceCheck? _existence;
    private RootFindings? _roots;
    private ScrubReport? _content;
    private ScrubProgress _contentProgress;
    private int _rootCount;

    public CheckSession(ReplicaLocation location, CheckOptions options, CheckServices services, TimeProvider time, ILogger logger)
    {
        (_location, _options, _services, _time, _logger) = (location, options, services, time, logger);
        (_startedAt, _began) = (time.GetUtcNow(), time.GetTimestamp());
        _findings = new FindingLog(options.MaxFindings, services.OnFinding);
        _lists = new ReferenceLists(location.SpoolFolder, MaxListBytes);
    }

    private string Repository => _roots?.Manifest?.RepositoryName is { Length: > 0 } name ? name : _location.Alias;

    private string LockFile => Path.Combine(_location.SpoolFolder, ReplicaLock.CollectingFileName);

    private IRepositorySource? RepairSource => _services.RepairSource ?? _options.Repair?.Source;

    /// <summary>Where the check stands. From any thread.</summary>
    public CheckProgress Progress() => new(
        (_context?.OpenedCatalogs ?? 0) + (_context?.ProvenCount ?? 0),
        _graph?.Waiting ?? 0,
        _context?.Entries ?? 0,
        _contentProgress.Files,
        _contentProgress.Bytes,
        _findings.Errors + _contentProgress.Alerts,
        _time.GetElapsedTime(_began));

    /// <summary>Makes the check. The caller translates exceptions.</summary>
    public async Task<CheckReport> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_location.SpoolFolder);
        using var locked = await NeedsLockAsync(cancellationToken).ConfigureAwait(false)
            ? await ReplicaLock.TakeAsync(LockFile, _options.LockPatience, _time, cancellationToken).ConfigureAwait(false)
            : null;
        if (locked is null && await NeedsLockAsync(cancellationToken).ConfigureAwait(false))
        {
            string holder = ReplicaLock.DescribeHolder(LockFile);
            return Conclude(CheckOutcome.Locked, $"{LockFile} is held by a garbage collection or another check{(holder.Length > 0 ? $" ({holder})" : "")}.");
        }

        if (_options.RepairReflog) await RepairReflogAsync(cancellationToken).ConfigureAwait(false);
        var content = _options.Content ? ScrubAsync(cancellationToken) : null;
        try
        {
            await LookAsync(_findings, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Also where the look failed: nothing may go on behind the caller's back. What it ran into itself is in its report.
            if (content is not null) _content = await content.ConfigureAwait(false);
        }

        bool isMended = await RepairAsync(cancellationToken).ConfigureAwait(false);
        var report = Judge(isMended);
        if (_options.RecordStatus && report.Outcome is not (CheckOutcome.Locked or CheckOutcome.StorageFailed))
        {
            await new ReplicaStatusFile(_location, _logger, _time).SetLastCheckAsync(_time.GetUtcNow(), report.Succeeded, cancellationToken).ConfigureAwait(false);
        }

        return report;
    }

    /// <summary>Sums the check up.</summary>
    public CheckReport Conclude(CheckOutcome outcome, string message, Exception? cause = null) => new()
    {
        Outcome = outcome,
        Repository = Repository,
        Message = message,
        Cause = cause,
        StartedAt = _startedAt,
        Duration = _time.GetElapsedTime(_began),
        Revision = _roots?.Manifest?.Revision,
        Roots = _rootCount,
        Catalogs = _context?.OpenedCatalogs ?? 0,
        ProvenCatalogs = _context?.ProvenCount ?? 0,
        Entries = _context?.Entries ?? 0,
        ReferencedObjects = _existence?.Referenced,
        MissingObjects = _existence?.Missing ?? 0,
        UnreferencedObjects = _options.History && _options.Subtree is null ? _existence?.Unreferenced : null,
        UnreferencedBytes = _options.History && _options.Subtree is null ? _existence?.UnreferencedBytes : null,
        ErrorCount = _findings.Errors,
        WarningCount = _findings.Warnings,
        Findings = _findings.Kept,
        Content = _content,
        Repaired = [.. _repairs.Repaired, .. _content?.Repaired ?? []],
        Unrepaired = [.. _repairs.Unrepaired, .. _content?.Unrepaired ?? []],
    };

    private CheckReport Judge(bool isMended)
    {
        if (_roots?.Distrust is { } distrust) return Conclude(CheckOutcome.Untrusted, distrust + ".");
        long alerts = _content?.AlertCount ?? 0;
        if (_content is { Outcome: ScrubOutcome.StorageFailed } failed) return Conclude(CheckOutcome.StorageFailed, failed.Message, failed.Cause);
        bool isClean = _findings.Errors == 0 && alerts == 0;
        string revision = _roots?.Manifest is { } manifest ? $"revision {manifest.Revision}, " : "";
        string extent = FormattableString.Invariant($"{revision}{_rootCount} roots, {_context?.OpenedCatalogs + _context?.ProvenCount ?? 0} catalogs");
        if (isClean) return Conclude(_repairs.Repaired.Count > 0 ? CheckOutcome.Repaired : CheckOutcome.Clean, $"no problems found ({extent}).");
        string problems = FormattableString.Invariant($"{_findings.Errors} errors{(_content is null ? "" : FormattableString.Invariant($" and {alerts} alerts"))} ({extent})");
        return isMended && _content?.Succeeded != false
            ? Conclude(CheckOutcome.Repaired, $"{problems}, all repaired.")
            : Conclude(CheckOutcome.ProblemsFound, $"{problems}.");
    }

    /// <summary>Whether garbage collection must not run meanwhile: it may remove what HEAD refers to no more by then, or what a repair has just brought.</summary>
    private async Task<bool> NeedsLockAsync(CancellationToken cancellationToken)
    {
        if (RepairSource is not null || _options.RepairReflog) return true;
        if (_options.Tag is not null) return false;
        var manifest = await ServedManifest.ReadAsync(new RootFolder(_location.StorageFolder), _logger, cancellationToken).ConfigureAwait(false);
        return manifest?.IsGarbageCollectable == true;
    }

    private async Task RepairReflogAsync(CancellationToken cancellationToken)
    {
        string lockFile = Path.Combine(_location.SpoolFolder, ReplicaLock.FileName);
        using var writer = await ReplicaLock.TakeAsync(lockFile, _options.LockPatience, _time, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"{lockFile} is held by another run ({ReplicaLock.DescribeHolder(lockFile)}); the reflog was not repaired.");
        await ReflogChecksum.RepairAsync(_location, _repairs, _logger, cancellationToken).ConfigureAwait(false);
    }

    private Task<ScrubReport> ScrubAsync(CancellationToken cancellationToken)
    {
        var services = new ScrubServices { TimeProvider = _time, Logger = _logger, RepairSource = RepairSource, OnAlert = _services.OnAlert };
        var options = new ScrubOptions
        {
            Workers = _options.Workers,
            BytesPerSecond = _options.BytesPerSecond,
            StateFolder = _location.SpoolFolder,
            Quarantine = _options.Quarantine,
            LockPatience = _options.LockPatience,
            MaxAlerts = _options.MaxFindings,
        };
        return new StorageScrubber(_location.StorageFolder, services).ScrubAsync(options, new ContentProgress(this), cancellationToken);
    }

    /// <summary>One look at everything, without content.</summary>
    private async Task LookAsync(FindingLog findings, CancellationToken cancellationToken)
    {
        string temporary = Path.Combine(_location.SpoolFolder, TemporaryFolder);
        Directory.CreateDirectory(temporary);
        using var references = _options.Existence ? new ObjectSorter(_options.MemoryBytes / 4, temporary) : null;
        var context = new CheckContext(_location, _options, new StoredCatalogs(_location.StorageFolder, temporary), findings, temporary)
        {
            References = references,
            Proven = new ProvenCatalogs(_location, _lists, believesNothing: _options.Full || RepairSource is not null),
        };
        _context = context;
        using (var checks = new RootChecks(context, _services, _time)) _roots = await checks.RunAsync(cancellationToken).ConfigureAwait(false);
        if (_roots.Manifest is null) return;
        if (_roots.Distrust is not null && _options.Keys is null) return; // nobody said what to believe
        context.Filter = await ReadFilterAsync(cancellationToken).ConfigureAwait(false);
        var graph = new CatalogGraph(context);
        _graph = graph;
        _rootCount = await new RevisionChoice(context, _roots).AddToAsync(graph, cancellationToken).ConfigureAwait(false);
        await graph.RunAsync(cancellationToken).ConfigureAwait(false);
        if (references is not null)
        {
            bool isWhole = _options.History && _options.Subtree is null;
            if (isWhole) AddRootObjects(references, graph);
            _existence = new ExistenceCheck(context);
            using var sorted = references.Finish();
            await _existence.RunAsync(sorted, graph.Catalogs, isWhole, cancellationToken).ConfigureAwait(false);
        }

        await context.Proven!.RemoveLeftoversAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is there by right and no catalog names: the catalogs themselves, and what manifest and reflog name, as far as it is there.</summary>
    private void AddRootObjects(ObjectSorter references, CatalogGraph graph)
    {
        var lane = references.AddLane();
        foreach (var catalog in graph.Catalogs)
        {
            if (catalog.Facts is not null) lane.Add(ObjectRecord.Of(new ObjectKey(catalog.Hash, ObjectSuffix.Catalog)));
        }

        foreach (var key in _roots!.Auxiliaries)
        {
            if (File.Exists(_context!.Catalogs.Store.PathOf(key))) lane.Add(ObjectRecord.Of(key));
        }
    }

    private async Task<PathFilter?> ReadFilterAsync(CancellationToken cancellationToken)
    {
        byte[]? rules = await new RootFolder(_location.StorageFolder).ReadAsync(FilterRecord.MarkerName, PathFilter.MaxBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            return rules is null ? null : PathFilter.Parse(rules, FilterRecord.MarkerName);
        }
        catch (PathFilterException e)
        {
            _findings.Add(new CheckFinding { Number = 0, Severity = CheckSeverity.Warning, Message = "rules of a partial replica that cannot be read", Path = FilterRecord.MarkerName, Found = e.Message });
            return null;
        }
    }

    /// <summary>Fetches again what is missing or wrong and looks again, as long as that brings something: below a catalog that was missing, more may be wrong.</summary>
    /// <returns>Whether nothing is wrong any more.</returns>
    private async Task<bool> RepairAsync(CancellationToken cancellationToken)
    {
        if (RepairSource is not { } source || _findings.Errors == 0) return _findings.Errors == 0;
        var known = new HashSet<CheckFinding>(_findings.Kept);
        while (true)
        {
            int before = _repairs.Repaired.Count;
            var round = new RepairLog();
            var repairer = new ObjectRepairer(_location, source, _options.Quarantine, round, _time, _logger);
            await repairer.RepairAsync([.. _context!.Bad.Select(static key => (key, true))], _options.LockPatience, cancellationToken).ConfigureAwait(false);
            _repairs.AddRound(round);
            var again = new FindingLog(_options.MaxFindings, null);
            await LookAsync(again, cancellationToken).ConfigureAwait(false);
            foreach (var finding in again.Kept.Where(known.Add)) _findings.Add(finding);
            if (again.Errors == 0) return true;
            if (_repairs.Repaired.Count == before) return false;
        }
    }

    private sealed class ContentProgress(CheckSession session) : IProgress<ScrubProgress>
    {
        public void Report(ScrubProgress value) => session._contentProgress = value;
    }
}
