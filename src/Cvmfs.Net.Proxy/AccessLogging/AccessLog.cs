// AccessLogging/ writes requests to a file, beside their answers and never in their way.
//
//   RequestJournal ─► bounded queue (full: dropped and counted) ─► one writer ─► AccessLogLine ─► AccessLogFile, rotating
//
// Must stay true
//   - No request waits for the log.
//   - What clients sent is escaped: no line is theirs to invent.
//   - A disk that fails loses lines, says so, and is tried again.
using System.Buffers;
using System.Threading.Channels;
using Cvmfs.Net.Proxy.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.AccessLogging;

/// <summary>The log of requests. Thread-safe.</summary>
internal sealed class AccessLog : IAsyncDisposable
{
    private const int QueueLength = 8192;
    private const int BatchBytes = 64 << 10;

    private readonly Channel<(RequestRecord Record, ProxyAccessLogOptions Options)> _queue = Channel.CreateBounded<(RequestRecord, ProxyAccessLogOptions)>(
        new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly StripedCounters _seen = new(1);
    private readonly ITimer _pace;
    private readonly Task _writing;
    private AccessLogFile? _file;
    private volatile ProxyAccessLogOptions _options;
    private volatile int _every = 1;
    private volatile bool _reopen;
    private volatile bool _follow;
    private long _lastSeen;
    private long _written;
    private long _dropped;
    private bool _isFailing;

    public AccessLog(ProxyAccessLogOptions options, TimeProvider clock, ILogger logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _pace = clock.CreateTimer(_ => Pace(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _writing = WriteAsync();
    }

    /// <summary>Whether the next request shall be written. Above a number of requests a second, that is a random choice.</summary>
    public bool WantsNext => _options.File.Length > 0 && (_every <= 1 || Random.Shared.Next(_every) == 0);

    /// <summary>Lines that were written.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Lines that were lost, because the writer could not follow or the file could not be written.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>A request was answered, written or not.</summary>
    public void Saw() => _seen.Add(0, 1);

    /// <summary>Takes a request. Never waits.</summary>
    public void Write(in RequestRecord record)
    {
        var complete = record with { Time = record.Time == default ? _clock.GetUtcNow() : record.Time, Sample = _every };
        if (!_queue.Writer.TryWrite((complete, _options))) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Other settings, for requests that are answered from here on.</summary>
    public void Apply(ProxyAccessLogOptions options) => _options = options;

    /// <summary>The next line opens the file again: somebody has put it aside.</summary>
    public void Reopen() => _reopen = true;

    /// <summary>Writes what is queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pace.DisposeAsync().ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        _file?.Dispose();
    }

    private void Pace()
    {
        long seen = _seen.Sum(0);
        int limit = _options.MaxLinesPerSecond;
        _every = limit == 0 ? 1 : (int)Math.Max(1, (seen - _lastSeen + limit - 1) / limit);
        _lastSeen = seen;
        _follow = true;
    }

    private async Task WriteAsync()
    {
        await Task.Yield();
        var batch = new ArrayBufferWriter<byte>(BatchBytes + 8192);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            ProxyAccessLogOptions? options = null; // of the time when the request was answered: one batch, one file
            int lines = 0;
            while (batch.WrittenCount < BatchBytes && _queue.Reader.TryPeek(out var next) && (options ??= next.Options) == next.Options)
            {
                _queue.Reader.TryRead(out next);
                AccessLogLine.Write(batch, next.Record, options.Format);
                lines++;
            }

            if (options is null) continue;

            if (options.File.Length > 0) Append(options, batch.WrittenSpan, lines);
            batch.ResetWrittenCount();
        }
    }

    private void Append(ProxyAccessLogOptions options, ReadOnlySpan<byte> text, int lines)
    {
        try
        {
            if (!ReferenceEquals(_file?.Options, options))
            {
                _file?.Dispose();
                _file = new AccessLogFile(options, _clock);
            }

            if (_reopen)
            {
                _reopen = false;
                _file!.Close();
            }
            else if (_follow)
            {
                _follow = false;
                _file!.Follow();
            }

            _file!.Append(text);
            Interlocked.Add(ref _written, lines);
            _isFailing = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _dropped, lines);
            if (!_isFailing) _logger.AccessLogFailed(options.File, failure);
            _isFailing = true; // said once, until it works again
            _file?.Close();
        }
    }
}
