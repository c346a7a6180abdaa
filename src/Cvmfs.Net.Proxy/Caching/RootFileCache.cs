using Cvmfs.Net.Manifests;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>Root files, server documents and geo answers: small, mutable, kept in memory by server and path. Thread-safe.</summary>
internal sealed class RootFileCache(UpstreamPool upstreams, ProxyOptions options, CachePolicy policy, TimeProvider clock, ILogger logger)
{
    /// <summary>Longest answer that is kept. What clients read into memory ends at the same size.</summary>
    public const int MaxBodyBytes = 1 << 20;

    /// <summary>Most answers that are kept; geo requests may carry a client's own text, so the number of names has no natural end.</summary>
    private const int MaxEntries = 4096;

    /// <summary>How long a lower revision is taken for a server that is behind, rather than for a repository that was set back.</summary>
    private static readonly TimeSpan RollbackHold = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, RootFileAnswer> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<RootFileAnswer>> _running = new(StringComparer.Ordinal);

    /// <summary>An answer that is alive, or one fetched now together with everybody who asks meanwhile, or an old one while the server fails.</summary>
    /// <returns>The answer, and where it came from.</returns>
    public async Task<(RootFileAnswer Answer, ProxyOutcome Outcome)> GetAsync(ProxyRequest request, bool refresh, CancellationToken cancellationToken)
    {
        string name = CacheName.Of(request);
        Task<RootFileAnswer> fetch;
        RootFileAnswer? known;
        bool first;
        lock (_lock)
        {
            _entries.TryGetValue(name, out known);
            if (known is not null && !refresh && Elapsed(known) < known.Lifetime) return (known, ProxyOutcome.Hit);
            first = !_running.TryGetValue(name, out fetch!);
            if (first) _running[name] = fetch = FetchAndKeepAsync(request, name, refresh);
        }

        var answer = await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        var outcome = first ? ProxyOutcome.Miss : ProxyOutcome.Joined;
        if (known is not { Status: 200 }) return (answer, outcome);
        if (IsBehind(answer, known))
        {
            logger.OlderManifest(name, answer.Revision!.Value, known.Revision!.Value);
            return (known, ProxyOutcome.Stale);
        }

        bool failed = answer.Failure != UpstreamFailure.None || answer.Status >= 500;
        return failed && !known.MustRevalidate && Elapsed(known) < known.Lifetime + options.Documents.StaleIfError ? (known, ProxyOutcome.Stale) : (answer, outcome);
    }

    /// <summary>Time since an answer arrived.</summary>
    public TimeSpan Elapsed(RootFileAnswer answer) => clock.GetElapsedTime(answer.ArrivedAt);

    /// <summary>Runs apart from its callers, so that the one who came first may leave.</summary>
    private async Task<RootFileAnswer> FetchAndKeepAsync(ProxyRequest request, string name, bool refresh)
    {
        await Task.Yield();
        RootFileAnswer? answer = null;
        try
        {
            answer = await FetchAsync(request, refresh).ConfigureAwait(false);
            return answer;
        }
        finally
        {
            lock (_lock)
            {
                _running.Remove(name);
                if (answer is { Lifetime.Ticks: > 0 }) Keep(name, answer);
            }
        }
    }

    private void Keep(string name, RootFileAnswer answer)
    {
        if (_entries.TryGetValue(name, out var known) && IsBehind(answer, known)) return;
        if (_entries.Count >= MaxEntries && !_entries.ContainsKey(name))
        {
            // Rare: forget the dead ones, or everything; a minute later it is back.
            foreach (var (dead, _) in _entries.Where(entry => Elapsed(entry.Value) > entry.Value.Lifetime).ToList()) _entries.Remove(dead);
            if (_entries.Count >= MaxEntries) _entries.Clear();
        }

        _entries[name] = answer;
    }

    private bool IsBehind(RootFileAnswer answer, RootFileAnswer known)
        => answer.Revision < known.Revision && Elapsed(known) < RollbackHold;

    private async Task<RootFileAnswer> FetchAsync(ProxyRequest request, bool refresh)
    {
        var last = new RootFileAnswer { Failure = UpstreamFailure.Unreachable };
        var plan = upstreams.Candidates(request);
        while (plan.TryNext(out var attempt))
        {
            try
            {
                using var answer = await upstreams.SendAsync(attempt, HttpMethod.Get, refresh, null, CancellationToken.None).ConfigureAwait(false);
                last = answer.Failure != UpstreamFailure.None ? new RootFileAnswer { Failure = answer.Failure } : await ReadAsync(request, answer).ConfigureAwait(false);
                if (last.Failure == UpstreamFailure.None && last.Status < 500) return last;
            }
            catch (UpstreamException cut)
            {
                upstreams.Failed(attempt, cut.Failure);
                last = new RootFileAnswer { Failure = cut.Failure };
            }
        }

        return last;
    }

    private async Task<RootFileAnswer> ReadAsync(ProxyRequest request, UpstreamAnswer answer)
    {
        if (answer.HasContentCoding) return new RootFileAnswer { Failure = UpstreamFailure.Corrupt };
        byte[] buffer = new byte[Math.Min(answer.ContentLength ?? 4096, MaxBodyBytes) + 1];
        int length = 0;
        for (int read; (read = await answer.ReadAsync(buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false)) > 0;)
        {
            length += read;
            if (length > MaxBodyBytes) return new RootFileAnswer { IsTooLong = true };
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxBodyBytes + 1));
        }

        var bytes = buffer.AsMemory(0, length);
        ulong? revision = null;
        if (request.Kind == RequestKind.Manifest && answer.Status == 200 && !TryReadRevision(bytes, answer.Attempt.Url, out revision))
        {
            upstreams.Failed(answer.Attempt, UpstreamFailure.Corrupt);
            return new RootFileAnswer { Failure = UpstreamFailure.Corrupt };
        }

        if (answer.Status < 500) upstreams.Succeeded(answer.Attempt);
        var control = CachePolicy.ControlOf(answer);
        return new RootFileAnswer
        {
            Status = answer.Status,
            Body = bytes,
            ContentType = answer.Header("Content-Type"),
            CacheControl = answer.Header("Cache-Control"),
            AgeOnArrival = CachePolicy.AgeOf(answer),
            ArrivedAt = clock.GetTimestamp(),
            Lifetime = policy.LifetimeOf(request.Kind, answer),
            MustRevalidate = control is { MustRevalidate: true } or { ProxyRevalidate: true },
            Revision = revision,
        };
    }

    /// <summary>Whether bytes have the form of a manifest and the hash it prints of itself. No signature is checked: clients do that.</summary>
    private bool TryReadRevision(ReadOnlyMemory<byte> bytes, string url, out ulong? revision)
    {
        revision = null;
        try
        {
            if (!SignedLetter.Split(bytes).IsHashRight) return false;
            revision = Manifest.Parse(bytes, url).Revision;
            return true;
        }
        catch (CvmfsFormatException odd)
        {
            logger.NotAManifest(url, odd);
            return false;
        }
    }
}
