namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>The configuration file as it is now: looked at when asked, at most once a minute, and read when its time stamp has changed.</summary>
internal sealed class ServermonSettings
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly string? _path;
    private readonly ServermonConfiguration _defaults;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private ServermonConfiguration _current;
    private long? _lookedAt;
    private DateTime _stamp;

    public ServermonSettings(string? path, ServermonConfiguration defaults, TimeProvider clock, Action<string> warn)
        => (_path, _defaults, _clock, _warn, _current) = (path, defaults, clock, warn, defaults);

    public ServermonConfiguration Current
    {
        get
        {
            if (_path is null) return _current;
            lock (_gate)
            {
                if (_lookedAt is { } last && _clock.GetElapsedTime(last) < Patience) return _current;
                _lookedAt = _clock.GetTimestamp();
                Look(_path);
                return _current;
            }
        }
    }

    private void Look(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                (_current, _stamp) = (_defaults, default); // no file is fine
                return;
            }

            var stamp = File.GetLastWriteTimeUtc(file);
            if (stamp == _stamp) return;
            _current = ServermonConfiguration.Parse(File.ReadAllText(file), _defaults, out string? fault);
            _stamp = stamp;
            if (fault is not null) _warn($"{file}: {fault}; what stands before it counts");
        }
        catch (Exception odd) when (odd is IOException or UnauthorizedAccessException)
        {
            _warn($"{file} cannot be read, the settings stay as they were: {odd.Message}");
        }
    }
}
