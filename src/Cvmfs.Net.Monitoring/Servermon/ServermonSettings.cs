namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>The settings as they are now: the configuration file, looked at when asked, at most once a minute, and read when its time stamp has changed; over what the fleet gives.</summary>
internal sealed class ServermonSettings(string? path, Func<ServermonFleet> fleet, TimeProvider clock, Action<string> warn)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private string _text = "";
    private long? _lookedAt;
    private DateTime _stamp;

    /// <summary>File and fleet of this moment; both are short, so nothing is kept of the last time.</summary>
    public ServermonConfiguration Current => ServermonConfiguration.Parse(TextNow(), Defaults(), out _);

    private ServermonConfiguration Defaults()
    {
        var (own, given) = (new ServermonConfiguration(), fleet());
        return own with
        {
            Fleet = given,
            Aliases = given.Aliases.Select(alias => KeyValuePair.Create(alias.Key, new ServermonTarget(alias.Value, "")))
                .Concat(own.Aliases.Where(alias => !given.Aliases.ContainsKey(alias.Key))).ToDictionary(StringComparer.Ordinal),
        };
    }

    private string TextNow()
    {
        if (path is null) return "";
        lock (_gate)
        {
            if (_lookedAt is { } last && clock.GetElapsedTime(last) < s_patience) return _text;
            _lookedAt = clock.GetTimestamp();
            Look(path);
            return _text;
        }
    }

    private void Look(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                (_text, _stamp) = ("", default); // no file is fine
                return;
            }

            var stamp = File.GetLastWriteTimeUtc(file);
            if (stamp == _stamp) return;
            (_text, _stamp) = (File.ReadAllText(file), stamp);
            ServermonConfiguration.Parse(_text, new ServermonConfiguration(), out string? fault);
            if (fault is not null) warn($"{file}: {fault}; what stands before it counts");
        }
        catch (Exception odd) when (odd is IOException or UnauthorizedAccessException)
        {
            warn($"{file} cannot be read, the settings stay as they were: {odd.Message}");
        }
    }
}
