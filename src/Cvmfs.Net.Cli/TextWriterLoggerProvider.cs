using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Cli;

/// <summary>Logs as lines on standard error: time, level, message. No files, no colours: that is for whoever collects them.</summary>
internal sealed class TextWriterLoggerProvider(TextWriter writer, LogLevel minimum, TimeProvider clock) : ILoggerProvider, ILoggerFactory
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one writer only.");

    public void Dispose()
    {
    }

    private sealed class LineLogger(TextWriterLoggerProvider owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= owner.Minimum && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            string time = owner.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            string cause = exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})";
            string line = SafeText.ForTerminal($"{time} {Level(logLevel)} {formatter(state, exception)}{cause}".ReplaceLineEndings(" "));
            lock (owner._lock) owner.Writer.WriteLine(line);
        }

        private static string Level(LogLevel level) => level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "warn ",
            _ => "error",
        };
    }

    private LogLevel Minimum => minimum;

    private TimeProvider Clock => clock;

    private TextWriter Writer => writer;
}
