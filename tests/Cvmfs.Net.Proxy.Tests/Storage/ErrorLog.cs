using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Tests.Storage;

/// <summary>Keeps the errors that are logged.</summary>
internal sealed class ErrorLog : ILogger
{
    private readonly ConcurrentBag<string> _errors = [];

    /// <summary>How many there were.</summary>
    public int Errors => _errors.Count;

    /// <summary>Those that name something.</summary>
    public int ErrorsWith(string text) => _errors.Count(error => error.Contains(text, StringComparison.Ordinal));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error) _errors.Add(formatter(state, exception));
    }
}
