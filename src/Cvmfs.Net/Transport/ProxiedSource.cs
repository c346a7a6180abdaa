using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport.Proxies;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Transport;

/// <summary>A repository on one server, asked through forward proxies as clients choose among them. Thread-safe.</summary>
/// <remarks>A proxy that does not answer, breaks off or speaks for itself is left, for all requests; what else it brings is the server's word. After
/// all have failed for one request they are taken up anew with the first group: another server may be reached.</remarks>
internal sealed class ProxiedSource : IRepositorySource
{
    private readonly ProxyGroups _groups;
    private readonly Dictionary<ProxyMember, HttpRepositorySource> _ways;
    private readonly FailoverOptions _failover;
    private readonly ILogger _logger;

    /// <param name="repository">The repository's URL.</param>
    /// <param name="list">The proxies, of which <paramref name="groups"/> says which is in use.</param>
    /// <param name="groups">Shared by the sources of all servers.</param>
    /// <param name="options">For requests, and who hears of failures.</param>
    public ProxiedSource(Uri repository, ClientProxyList list, ProxyGroups groups, RepositorySourceOptions options)
    {
        (_groups, _failover, _logger) = (groups, options.Failover, options.Logger ?? NullLogger.Instance);
        IEnumerable<string?> members = list.Groups.Count == 0 ? [null] : list.Groups.SelectMany(static group => group);
        _ways = members.Distinct().ToDictionary(ProxyMember.Of, url => new HttpRepositorySource(repository, options.Http.Through(url is null ? null : new Uri(url))));
        Origin = _ways.Values.First().Origin;
    }

    /// <inheritdoc/>
    public string Origin { get; }

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => AskAsync(key.Hash, (key, mode), static (way, ask, token) => way.OpenObjectAsync(ask.key, ask.mode, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => AskAsync(null, (name, mode), static (way, ask, token) => way.OpenRootFileAsync(ask.name, ask.mode, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default)
        => AskAsync(null, name, static (way, ask, token) => way.RootFileExistsAsync(ask, token), cancellationToken);

    /// <inheritdoc/>
    public bool TryLeave(string origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        bool isHere = origin.StartsWith(Origin, StringComparison.Ordinal) && (origin.Length == Origin.Length || origin[Origin.Length] == '/');
        if (!isHere || _groups.Total < 2) return false;
        var member = _groups.Select();
        Leave(member);
        return !_groups.Select().Equals(member);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var way in _ways.Values) await way.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<TAnswer> AskAsync<TAsk, TAnswer>(
        ContentHash? hash, TAsk ask, Func<HttpRepositorySource, TAsk, CancellationToken, ValueTask<TAnswer>> send, CancellationToken cancellationToken)
    {
        var failures = new List<(ProxyMember Way, CvmfsTransportException Fault)>();
        while (true)
        {
            var member = _groups.Select(hash);
            try
            {
                return await send(_ways[member], ask, cancellationToken).ConfigureAwait(false);
            }
            catch (CvmfsTransportException fault) when (IsOfTheWay(fault))
            {
                failures.Add((member, fault));
                Leave(member);
                if (failures.Count >= _groups.Total)
                {
                    _groups.BeginAnew();
                    throw Combine(failures);
                }

                _failover.Counts?.Add(fault.Fault);
            }
        }
    }

    /// <summary>Whether another way may lead to the server: no answer came, or one that proxies give for themselves.</summary>
    private static bool IsOfTheWay(CvmfsTransportException fault) => fault.IsProxyComplaint || (int?)fault.Status is null or 401 or 403 or 407 or 408 or 429 or 502 or 503 or 504;

    private void Leave(ProxyMember member)
    {
        if (!_groups.Failed(member)) return;
        var next = _groups.Select();
        if (!next.Equals(member)) LogMessages.ServerChanged(_logger, $"{Origin} through {member}", $"{Origin} through {next}");
    }

    private CvmfsTransportException Combine(List<(ProxyMember Way, CvmfsTransportException Fault)> failures) => new(
        Origin,
        $"{failures.Count} of {failures.Count} ways failed: {string.Join("; ", failures.Select(static one => $"through {one.Way}: {one.Fault.Message}"))}",
        failures.Exists(static one => one.Fault.IsTransient),
        failures[^1].Fault.Status,
        failures.Min(static one => one.Fault.RetryAfter),
        new AggregateException(failures.Select(static one => one.Fault)))
    {
        Fault = failures[^1].Fault.Fault,
    };
}
