using Cvmfs.Net.Proxy.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Takes over a configuration file whenever it changes, or when it is told to. A file that cannot be used changes nothing.</summary>
public sealed class ConfigurationReload : IDisposable
{
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300); // editors write in several steps

    private readonly string _path;
    private readonly Func<ProxyOptions> _read;
    private readonly ProxyMiddleware _proxy;
    private readonly ILogger _logger;
    private readonly FileSystemWatcher _watcher;
    private readonly ITimer _settled;
    private readonly Lock _gate = new();

    /// <summary>Begins to watch a file.</summary>
    /// <param name="path">The file. Its folder is watched, so that it may be replaced as a whole.</param>
    /// <param name="read">Reads it, and applies what is stronger than the file.</param>
    /// <param name="proxy">What takes the settings over.</param>
    /// <param name="clock">Source of time; the system's where null.</param>
    /// <param name="logger">Where outcomes are told; nowhere where null.</param>
    public ConfigurationReload(string path, Func<ProxyOptions> read, ProxyMiddleware proxy, TimeProvider? clock = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(proxy);
        (_path, _read, _proxy, _logger) = (Path.GetFullPath(path), read, proxy, logger ?? NullLogger.Instance);
        _settled = (clock ?? TimeProvider.System).CreateTimer(_ => Reload(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watcher = new FileSystemWatcher(Path.GetDirectoryName(_path)!) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.CreationTime };
        _watcher.Changed += (_, change) => Changed(change.Name);
        _watcher.Created += (_, change) => Changed(change.Name);
        _watcher.Renamed += (_, change) => Changed(change.Name);
        try
        {
            _watcher.EnableRaisingEvents = true;
        }
        catch (IOException failure) // the system has no watches left
        {
            _logger.NotWatched(_path, failure);
        }
    }

    /// <summary>Raised after each attempt, with the problems; none where the settings were taken over.</summary>
    public event Action<IReadOnlyList<string>>? Ended;

    /// <summary>Takes the file over as it is now. Does not throw: what is wrong is logged, counted and shown in the status.</summary>
    public void Reload()
    {
        IReadOnlyList<string> problems = [];
        lock (_gate)
        {
            try
            {
                var options = _read();
                problems = ProxyConfigurationFile.Check(_path, options);
                if (problems.Count == 0)
                {
                    var waiting = _proxy.Reconfigure(options);
                    _logger.SettingsApplied(_path, waiting.Count == 0 ? "" : $"Only the next start brings: {string.Join(", ", waiting)}.");
                }
            }
            catch (Exception wrong) when (wrong is ProxyConfigurationException or OptionsValidationException)
            {
                problems = [wrong.Message];
            }

            if (problems.Count > 0) _proxy.ReportRefusedSettings(string.Join(" ", problems));
        }

        Ended?.Invoke(problems);
    }

    /// <summary>Ends the watching.</summary>
    public void Dispose()
    {
        _watcher.Dispose();
        _settled.Dispose();
    }

    /// <summary>Mounted configuration is often a link that is turned to another folder: any change in the folder may be ours.</summary>
    private void Changed(string? name)
    {
        if (name == Path.GetFileName(_path) || name?.StartsWith("..", StringComparison.Ordinal) == true) _settled.Change(Settling, Timeout.InfiniteTimeSpan);
    }
}
