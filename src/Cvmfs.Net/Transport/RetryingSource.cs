using System.Runtime.CompilerServices;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Transport;

/// <summary>Asks again, after a growing pause, where a failure is transient. Bodies that break later are the fetcher's affair. Thread-safe.</summary>
/// <param name="inner">Asked each time; disposed with this.</param>
/// <param name="options">Defaults where null.</param>
/// <param name="logger">Hears of each repetition.</param>
public sealed class RetryingSource(IRepositorySource inner, RetryOptions? options = null, ILogger? logger = null) : IRepositorySource
{
    private readonly RetryOptions _options = options ?? new RetryOptions();
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    /// <inheritdoc/>
    public string Origin => inner.Origin;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // one for each of millions of objects
    public async ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        for (int failures = 0; ;)
        {
            try
            {
                return await inner.OpenObjectAsync(key, mode, cancellationToken).ConfigureAwait(false);
            }
            catch (CvmfsTransportException fault) when (_options.DelayAfter(++failures, fault) is { } delay)
            {
                await PauseAsync(fault, failures, delay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        for (int failures = 0; ;)
        {
            try
            {
                return await inner.OpenRootFileAsync(name, mode, cancellationToken).ConfigureAwait(false);
            }
            catch (CvmfsTransportException fault) when (_options.DelayAfter(++failures, fault) is { } delay)
            {
                await PauseAsync(fault, failures, delay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default)
    {
        for (int failures = 0; ;)
        {
            try
            {
                return await inner.RootFileExistsAsync(name, cancellationToken).ConfigureAwait(false);
            }
            catch (CvmfsTransportException fault) when (_options.DelayAfter(++failures, fault) is { } delay)
            {
                await PauseAsync(fault, failures, delay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public bool TryLeave(string origin) => inner.TryLeave(origin);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private Task PauseAsync(CvmfsTransportException fault, int failures, TimeSpan delay, CancellationToken cancellationToken)
    {
        _options.Counts?.Add(fault.Fault);
        LogMessages.Retrying(_logger, fault.Origin, failures, delay, fault.Message);
        return Task.Delay(delay, _options.TimeProvider, cancellationToken);
    }
}
