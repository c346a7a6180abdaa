using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Objects;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.ReadThrough;

/// <summary>The server behind one replica. Safe for concurrent use.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    /// <summary>Fetches at once; more wait for their turn.</summary>
    private const int MaxFetches = 64;

    /// <summary>How long "there is none" is believed without asking again, and for how many objects.</summary>
    private static readonly TimeSpan s_absentFor = TimeSpan.FromSeconds(10);
    private const int MaxAbsent = 10_000;

    private readonly string _alias;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ServerMetrics _metrics;
    private readonly VerifiedFetcher _fetcher;
    private readonly FileObjectStore _store;
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, Fetch> _running = [];
    private readonly Dictionary<ObjectKey, long> _absent = [];
    private readonly HashSet<Task> _tracked = [];
    private readonly SemaphoreSlim _slots = new(MaxFetches);
    private readonly CancellationTokenSource _closing = new();
    private bool _hasFolders;

    public Upstream(string alias, CvmfsUpstream upstream, CvmfsServerOptions options, TimeProvider time, ILogger logger, ServerMetrics metrics)
    {
        (_alias, _time, _logger, _metrics) = (alias, time, logger, metrics);
        IsPassThrough = upstream.IsPassThrough;
        Source = RepositorySource.Open(upstream.Url, new RepositorySourceOptions { Logger = logger });
        _fetcher = new VerifiedFetcher(Source, logger: logger);
        _store = new FileObjectStore(Path.Combine(options.RootFolder, alias));
    }

    /// <summary>Whether nothing is stored here.</summary>
    public bool IsPassThrough { get; }

    /// <summary>The other server.</summary>
    public IRepositorySource Source { get; }

    /// <summary>Brings an object into the folder; joins whoever is at it already.</summary>
    /// <param name="key">The object.</param>
    /// <param name="cancellationToken">Ends the waiting, and the fetch if nobody else waits for it.</param>
    /// <returns>False if the upstream has no such object.</returns>
    /// <exception cref="CvmfsException">It could not be fetched, or what came was something else.</exception>
    /// <exception cref="IOException">It could not be stored.</exception>
    public async Task<bool> FetchAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        Fetch fetch;
        lock (_gate)
        {
            if (_absent.TryGetValue(key, out long since))
            {
                if (_time.GetElapsedTime(since) < s_absentFor) return false;
                _absent.Remove(key);
            }

            if (!_running.TryGetValue(key, out fetch!))
            {
                fetch = new Fetch(CancellationTokenSource.CreateLinkedTokenSource(_closing.Token));
                fetch.Task = RunAsync(key, fetch);
                if (!fetch.Task.IsCompleted) _running[key] = fetch;
            }

            fetch.Waiters++;
        }

        try
        {
            return await fetch.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            bool isLast;
            lock (_gate)
            {
                isLast = --fetch.Waiters == 0 && !fetch.Task.IsCompleted;
                if (isLast) _running.Remove(key); // whoever comes now begins anew rather than joining what is being stopped
            }

            if (isLast) await fetch.Stop.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Cancelled when the server goes away.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Takes charge of work that nobody awaits: closing waits for it.</summary>
    public void Track(Task work)
    {
        lock (_gate)
        {
            _tracked.RemoveWhere(static task => task.IsCompleted);
            _tracked.Add(work);
        }
    }

    /// <summary>Answers a request for an object that the folder does not have.</summary>
    /// <param name="content">What the folder has.</param>
    /// <param name="path">The request.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Answer> AnswerAsync(ServedContent content, RequestCopy path, CancellationToken cancellationToken)
    {
        try
        {
            if (!await FetchAsync(path.Key, cancellationToken).ConfigureAwait(false)) return Answer.NotFound;
        }
        catch (Exception e) when (e is CvmfsException or IOException or UnauthorizedAccessException)
        {
            return Answer.Unreadable; // logged; clients ask another server
        }

        content.Find(path.Alias)?.Absences.Added(path.Key);
        return content.AnswerFromDisk(path.Path);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        Task[] left;
        lock (_gate) left = [.. _running.Values.Select(fetch => fetch.Task), .. _tracked];
        foreach (var task in left) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // their waiters have heard
        await Source.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
        _slots.Dispose();
    }

    private async Task<bool> RunAsync(ObjectKey key, Fetch fetch)
    {
        await Task.Yield(); // the caller holds the lock
        try
        {
            await _slots.WaitAsync(fetch.Stop.Token).ConfigureAwait(false);
            try
            {
                if (!_hasFolders) _store.CreateFolders();
                _hasFolders = true;
                bool exists = await _fetcher.FetchAsync(key, _store, cancellationToken: fetch.Stop.Token).ConfigureAwait(false) is not null;
                _metrics.ReadThrough(exists ? "stored" : "absent");
                if (!exists) RememberAbsence(key);
                return exists;
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception e) when (e is CvmfsException or IOException or UnauthorizedAccessException)
        {
            _metrics.ReadThrough("failed");
            _logger.ReadThroughFailed(_alias, key.ToString(), Source.Origin, e);
            throw;
        }
        finally
        {
            lock (_gate)
            {
                if (_running.TryGetValue(key, out var current) && current == fetch) _running.Remove(key);
            }
        }
    }

    private void RememberAbsence(ObjectKey key)
    {
        lock (_gate)
        {
            if (_absent.Count >= MaxAbsent) _absent.Clear(); // costs some questions, and is bounded
            _absent[key] = _time.GetTimestamp();
        }
    }

    private sealed class Fetch(CancellationTokenSource stop)
    {
        public CancellationTokenSource Stop { get; } = stop;

        public Task<bool> Task { get; set; } = System.Threading.Tasks.Task.FromResult(false);

        public int Waiters { get; set; }
    }
}
