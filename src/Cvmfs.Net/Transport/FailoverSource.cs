using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Transport;

/// <summary>Several servers of the same repository, best first. Stays with one that works and returns to the first after a while. Thread-safe.</summary>
/// <remarks>
/// <para>A server that fails, or lacks what was asked for, makes the next one be asked. Null comes back when nobody has it. An object that
/// one server lacks while another could not be asked is a failure, not an absence: decisions hang on the difference. An optional root file
/// in the same position is absent, or one dead server would break all.</para>
/// <para>All requests share the choice, so that a dead server costs one of them its time and not each.</para>
/// </remarks>
public sealed class FailoverSource : IRepositorySource
{
    private readonly IReadOnlyList<IRepositorySource> _sources;
    private readonly FailoverOptions _options;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<string> _names;
    private readonly Lock _lock = new();
    private int _current;
    private long _leftFirstAt;

    /// <summary>Puts servers in order.</summary>
    /// <param name="sources">Best first; disposed with this.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="logger">Hears of each change of server.</param>
    /// <exception cref="ArgumentException">There are no sources.</exception>
    public FailoverSource(IReadOnlyList<IRepositorySource> sources, FailoverOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.Count == 0) throw new ArgumentException("At least one source is needed.", nameof(sources));
        _sources = [.. sources];
        _names = [.. _sources.Select(source => source.Origin)];
        _options = options ?? new FailoverOptions();
        _logger = logger ?? NullLogger.Instance;
    }

    /// <inheritdoc/>
    public string Origin => string.Join(',', _sources.Select(source => source.Origin));

    /// <summary>The server that is asked first at present.</summary>
    public IRepositorySource Current => _sources[CurrentIndex()];

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => AskAsync((key, mode), static (source, ask, token) => source.OpenObjectAsync(ask.key, ask.mode, token), absenceNeedsAll: true, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => AskAsync((name, mode), static (source, ask, token) => source.OpenRootFileAsync(ask.name, ask.mode, token), absenceNeedsAll: false, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default)
        => await AskAsync(
            name,
            static async (source, name, token) => await source.RootFileExistsAsync(name, token).ConfigureAwait(false) ? source : null,
            absenceNeedsAll: false,
            cancellationToken).ConfigureAwait(false) is not null;

    /// <inheritdoc/>
    public bool TryLeave(string origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        for (int i = 0; i < _sources.Count; i++)
        {
            if (!IsBelow(origin, _sources[i].Origin)) continue;
            if (_sources.Count > 1) MoveTo((i + 1) % _sources.Count, onlyFrom: i);
            return _sources.Count > 1 || _sources[i].TryLeave(origin);
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsBelow(string origin, string root)
        => origin.StartsWith(root, StringComparison.Ordinal) && (origin.Length == root.Length || origin[root.Length] is '/' or '\\');

    private async ValueTask<TAnswer?> AskAsync<TAsk, TAnswer>(
        TAsk ask, Func<IRepositorySource, TAsk, CancellationToken, ValueTask<TAnswer?>> send, bool absenceNeedsAll, CancellationToken cancellationToken)
        where TAnswer : class
    {
        int first = CurrentIndex();
        List<CvmfsTransportException>? failures = null;
        for (int i = 0; i < _sources.Count; i++)
        {
            int index = (first + i) % _sources.Count;
            try
            {
                var answer = await send(_sources[index], ask, cancellationToken).ConfigureAwait(false);
                if (answer is null) continue;
                if (i > 0) MoveTo(index, onlyFrom: first);
                return answer;
            }
            catch (CvmfsTransportException fault)
            {
                (failures ??= []).Add(fault);
                if (i + 1 < _sources.Count) _options.Counts?.Add(fault.Fault);
            }
        }

        if (failures is null) return null;
        bool nobodyAnswered = failures.Count == _sources.Count;
        return nobodyAnswered || absenceNeedsAll ? throw Combine(failures) : null;
    }

    private CvmfsTransportException Combine(List<CvmfsTransportException> failures)
        => failures.Count == 1 && _sources.Count == 1 ? failures[0] : new CvmfsTransportException(
            Origin,
            $"{failures.Count} of {_sources.Count} servers failed: {string.Join("; ", failures.Select(fault => fault.Message))}",
            failures.Exists(fault => fault.IsTransient),
            failures[^1].Status,
            failures.Min(fault => fault.RetryAfter),
            new AggregateException(failures))
        {
            Fault = failures[^1].Fault,
        };

    private int CurrentIndex()
    {
        lock (_lock)
        {
            if (_current != 0 && _options.TimeProvider.GetElapsedTime(_leftFirstAt) >= _options.ReturnAfter) _current = 0;
            return _current;
        }
    }

    /// <summary>Changes the choice, unless another request changed it already.</summary>
    private void MoveTo(int index, int onlyFrom)
    {
        lock (_lock)
        {
            if (_current != onlyFrom || index == onlyFrom) return;
            if (_current == 0) _leftFirstAt = _options.TimeProvider.GetTimestamp();
            _current = index;
        }

        LogMessages.ServerChanged(_logger, _names[onlyFrom], _names[index]);
    }
}
