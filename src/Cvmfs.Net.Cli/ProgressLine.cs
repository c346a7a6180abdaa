using System.Globalization;

namespace Cvmfs.Net.Cli;

/// <summary>Shows how far a long command is: a line that moves on a terminal, one line every 30 s anywhere else. On standard error.</summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_logInterval = TimeSpan.FromSeconds(30);

    private readonly CliHost _host;
    private readonly Func<TimeSpan, string> _describe;
    private readonly long _began;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    private ProgressLine(CliHost host, Func<TimeSpan, string> describe)
    {
        (_host, _describe, _began) = (host, describe, host.Clock.GetTimestamp());
        _loop = RunAsync(_stop.Token);
    }

    /// <summary>Begins to show progress until disposed.</summary>
    /// <param name="host">Where to show it.</param>
    /// <param name="describe">Says where the command is, given the time since its start; called from another thread.</param>
    public static ProgressLine Start(CliHost host, Func<TimeSpan, string> describe) => new(host, describe);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    /// <summary>"12.3 MiB/s" and the like.</summary>
    public static string Rate(long bytes, TimeSpan elapsed)
        => elapsed < TimeSpan.FromMilliseconds(100) ? "" : $"{ByteSize.Format((long)(bytes / elapsed.TotalSeconds))}/s";

    /// <summary>Time to go, from what is done of what is known; empty where that says nothing yet.</summary>
    public static string Remaining(long done, long known, TimeSpan elapsed)
    {
        if (done <= 0 || known <= done || elapsed < TimeSpan.FromSeconds(1)) return "";
        var left = TimeSpan.FromSeconds(Math.Min(elapsed.TotalSeconds * (known - done) / done, TimeSpan.MaxValue.TotalSeconds / 2));
        return $", {Span(left)} to go";
    }

    /// <summary>A time in its largest unit, such as "12 min".</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.0} h"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s"),
    };

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_host.ErrorIsTerminal ? s_redraw : s_logInterval, _host.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                string text = SafeText.ForTerminal(_describe(_host.Clock.GetElapsedTime(_began)));
                await _host.Error.WriteAsync(_host.ErrorIsTerminal ? $"\r\e[K{text}" : text + "\n");
            }
        }
        catch (OperationCanceledException)
        {
            if (_host.ErrorIsTerminal) await _host.Error.WriteAsync("\r\e[K"); // what follows begins on a clean line
        }
    }
}
