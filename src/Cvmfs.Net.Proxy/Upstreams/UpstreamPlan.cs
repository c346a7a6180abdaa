using System.Diagnostics.CodeAnalysis;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Whom to ask for one request, one after the other. Which comes next depends on how the one before ended. For one caller at a time.</summary>
/// <remarks>
/// <para>Ask for an attempt, send it, and take the next one only when it failed or said "not here".</para>
/// <para>The owner among the siblings comes first, then each server: through the parents, as many as there are, or directly. A fault of the
/// way leads to the next parent, one of the server to the next server. Bad bytes make all that follows pass the caches on the way, and are asked
/// for once more where there is no other server. All within one budget of time.</para>
/// </remarks>
internal sealed class UpstreamPlan
{
    /// <summary>Servers that are asked for one request.</summary>
    public const int MaxBases = 3;

    /// <summary>While there is somebody else to ask, a silent one is left after this long.</summary>
    private static readonly TimeSpan s_patienceWithChoice = TimeSpan.FromSeconds(2);

    /// <summary>With less time than this left, nothing new is begun.</summary>
    private static readonly TimeSpan s_shortestAttempt = TimeSpan.FromMilliseconds(100);

    private readonly UpstreamSurroundings _around;
    private readonly IReadOnlyList<UpstreamBase> _bases;
    private readonly ContentHash? _hash;
    private readonly Endpoint _endpoint;
    private readonly bool _isForward;
    private readonly long _began;
    private readonly UpstreamProblem?[] _verdicts;
    private Uri? _sibling;
    private int _base;
    private int _proxiesTried;
    private bool _bypass;
    private UpstreamAttempt? _repeat;
    private bool _hasRepeated;
    private bool _wayIsBroken;
    private UpstreamAttempt? _last;

    /// <param name="around">What all plans share.</param>
    /// <param name="bases">Servers, the best first; of more than <see cref="MaxBases"/> the rest is not asked.</param>
    /// <param name="hash">Hash of the object, where one is wanted.</param>
    /// <param name="sibling">Sibling that owns the object; null to ask servers at once.</param>
    /// <param name="isForward">Whether the request named its server.</param>
    /// <param name="endpoint">What is asked for, for metrics.</param>
    public UpstreamPlan(UpstreamSurroundings around, IReadOnlyList<UpstreamBase> bases, ContentHash? hash, Uri? sibling, bool isForward, Endpoint endpoint)
    {
        (_around, _bases, _hash, _sibling, _isForward) = (around, bases.Count <= MaxBases ? bases : [.. bases.Take(MaxBases)], hash, sibling, isForward);
        _endpoint = endpoint;
        _verdicts = new UpstreamProblem?[_bases.Count];
        _began = around.Clock.GetTimestamp();
    }

    /// <summary>What to tell the client when nobody had an answer: valid once <see cref="TryNext"/> gave false.</summary>
    public UpstreamProblem Problem
    {
        get
        {
            // The server that was named has the word. Equivalent ones stand in for each other: what one lacks counts if no other could say.
            var problem = _verdicts.Length > 0 && _verdicts[0] is { } first ? first : new UpstreamProblem(UpstreamFailure.Unreachable, 0);
            if (!_isForward && !HasAnswer(problem)) problem = _verdicts.FirstOrDefault(verdict => verdict is { } other && HasAnswer(other)) ?? problem;
            bool notReached = problem.Failure is UpstreamFailure.Unreachable or UpstreamFailure.Unresolvable or UpstreamFailure.Timeout;
            return problem with { IsSiteWide = notReached && _isForward && (_wayIsBroken || _around.Health.IsCutOff) };
        }
    }

    /// <summary>The next attempt. False when there is nobody left to ask, or no time.</summary>
    public bool TryNext([NotNullWhen(true)] out UpstreamAttempt? attempt)
    {
        attempt = null;
        if (_last is { IsReported: false } unreported)
        {
            // Answered, but not with what was wanted, or given up: in any case this way led nowhere.
            unreported.IsReported = true;
            Ended(unreported, unreported.Status != 0 ? UpstreamFailure.Status : UpstreamFailure.Incomplete, unreported.Status, isWay: false);
        }

        var left = _around.Budget - _around.Clock.GetElapsedTime(_began);
        if (left < s_shortestAttempt) return false;
        if (_sibling is { } sibling)
        {
            _sibling = null;
            if (_around.Health.Of(sibling).Breaker.TryPass())
            {
                attempt = Make(_bases[0], 0, sibling, null, left, isSibling: true);
                return true;
            }
        }

        if (_repeat is { } again)
        {
            (_repeat, _hasRepeated) = (null, true);
            attempt = Make(_bases[again.Base], again.Base, again.Via, again.Parent, left, isSibling: false);
            return true;
        }

        for (; _base < _bases.Count; NextBase())
        {
            if (TryWay(left, out attempt)) return true;
            _verdicts[_base] ??= new UpstreamProblem(UpstreamFailure.Unreachable, 0); // kept away by a breaker
        }

        return false;
    }

    /// <summary>Takes note of an ending other than success.</summary>
    /// <param name="attempt">One of this plan.</param>
    /// <param name="failure">How it ended.</param>
    /// <param name="status">With which status, for <see cref="UpstreamFailure.Status"/>.</param>
    /// <param name="isWay">Whether the fault is that of the proxy on the way rather than the server's.</param>
    internal void Ended(UpstreamAttempt attempt, UpstreamFailure failure, int status, bool isWay)
    {
        bool bypassed = attempt.BypassCaches;
        attempt.Outcome = failure;
        _bypass |= failure == UpstreamFailure.Corrupt;
        if (attempt.IsSibling) return; // the server itself is asked next, at once

        _verdicts[attempt.Base] = new UpstreamProblem(failure, status);
        _wayIsBroken = false;
        bool isLast = _base + 1 >= _bases.Count;
        if (failure == UpstreamFailure.Corrupt && !bypassed && (isLast || attempt.Via is not null) && !_hasRepeated)
        {
            _repeat = attempt; // a cache on the way may be to blame
        }
        else if (attempt.Parent is { } parent && isWay)
        {
            _around.Parents!.Groups.Failed(parent);
            _proxiesTried++;
            _wayIsBroken = _proxiesTried >= _around.Parents.Groups.Total;
            if (_wayIsBroken) NextBase();
        }
        else if (failure is UpstreamFailure.Incomplete && isLast && !_hasRepeated)
        {
            _repeat = attempt;
        }
        else if (attempt.Base == _base)
        {
            NextBase();
        }
    }

    private static bool HasAnswer(UpstreamProblem problem) => problem.Failure is UpstreamFailure.Status or UpstreamFailure.Corrupt;

    /// <summary>Chooses a way to the server whose turn it is.</summary>
    private bool TryWay(TimeSpan left, [NotNullWhen(true)] out UpstreamAttempt? attempt)
    {
        attempt = null;
        var at = _bases[_base];
        if (_around.Parents?.Groups is { } parents)
        {
            for (; _proxiesTried < parents.Total; _proxiesTried++)
            {
                var member = parents.Select(_hash);
                if (member.IsDirect) return TryDirect(at, left, out attempt);
                var via = new Uri(member.Url!);
                if (_around.Health.Of(via).Breaker.TryPass())
                {
                    attempt = Make(at, _base, via, member, left, isSibling: false);
                    return true;
                }

                parents.Failed(member);
            }

            _wayIsBroken = true;
            return false;
        }

        return TryDirect(at, left, out attempt);
    }

    private bool TryDirect(UpstreamBase at, TimeSpan left, [NotNullWhen(true)] out UpstreamAttempt? attempt)
    {
        attempt = at.State.Breaker.TryPass() ? Make(at, _base, null, _around.Parents is null ? null : ProxyMember.Direct, left, isSibling: false) : null;
        return attempt is not null;
    }

    private void NextBase()
    {
        _base++;
        _proxiesTried = 0;
        if (_base < _bases.Count) _around.Parents?.Groups.BeginAnew(); // they failed for one server; another may be reached
    }

    private UpstreamAttempt Make(UpstreamBase at, int index, Uri? via, ProxyMember? parent, TimeSpan left, bool isSibling)
    {
        bool hasChoice = isSibling || index + 1 < _bases.Count || (parent is not null && _proxiesTried + 1 < _around.Parents!.Groups.Total);
        var patience = _around.Patience();
        var limit = hasChoice && s_patienceWithChoice < patience ? s_patienceWithChoice : patience;
        return _last = new UpstreamAttempt
        {
            Plan = this,
            Base = index,
            Server = at.Server,
            Origin = at.State,
            Asked = via is null ? at.State : _around.Health.Of(via),
            Endpoint = _endpoint,
            Before = _last is { IsSibling: false } before && before.Base != index ? before : null,
            Path = at.Path,
            Via = via,
            Parent = parent,
            IsSibling = isSibling,
            IsAbsolute = via is not null && (!isSibling || _isForward),
            IsConfigured = at.IsConfigured,
            BypassCaches = _bypass,
            Limit = limit < left ? limit : left,
        };
    }
}
