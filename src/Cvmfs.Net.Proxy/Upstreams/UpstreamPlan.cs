using System.Diagnostics.CodeAnalysis;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Whom to ask for one request, one after the other. Which comes next depends on how the one before ended. For one caller at a time.</summary>
/// <remarks>Ask for an attempt, send it, and take the next one only when it failed or said "not here". Bad bytes make the next attempt one
/// that passes all caches on the way.</remarks>
internal sealed class UpstreamPlan
{
    private readonly IReadOnlyList<(Uri Server, string Path, bool IsConfigured)> _bases;
    private int _next;
    private UpstreamAttempt? _last;

    public UpstreamPlan(IReadOnlyList<(Uri Server, string Path, bool IsConfigured)> bases) => _bases = bases;

    /// <summary>What to tell the client when nobody had an answer: valid once <see cref="TryNext"/> gave false.</summary>
    public UpstreamProblem Problem { get; private set; } = new(UpstreamFailure.Unreachable, 0);

    /// <summary>The next attempt. False when there is nobody left to ask, or no time.</summary>
    public bool TryNext([NotNullWhen(true)] out UpstreamAttempt? attempt)
    {
        attempt = null;
        // Bad bytes are asked for once more past all caches, at the same server when there is no other.
        bool again = _next == _bases.Count && _last is { BypassCaches: false } && Problem.Failure is UpstreamFailure.Corrupt or UpstreamFailure.Incomplete;
        if (_next >= _bases.Count && !again) return false;
        var (server, path, isConfigured) = _bases[again ? _bases.Count - 1 : _next];
        _next++;
        attempt = _last = new UpstreamAttempt
        {
            Plan = this,
            Server = server,
            Path = path,
            IsConfigured = isConfigured,
            BypassCaches = Problem.Failure == UpstreamFailure.Corrupt,
        };
        return true;
    }

    /// <summary>Takes note of an ending other than success.</summary>
    internal void Ended(UpstreamFailure failure, int status) => Problem = new(failure, status);
}
