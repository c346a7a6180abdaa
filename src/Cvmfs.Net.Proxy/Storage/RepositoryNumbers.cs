namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Small numbers for repositories, in the order they were seen; those with quotas come first, and 0 is everybody else. Thread-safe.</summary>
internal sealed class RepositoryNumbers
{
    /// <summary>More names than a site has repositories: a flood of invented ones stops here.</summary>
    private const int MaxNames = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [""];

    public RepositoryNumbers(IEnumerable<string> withQuota)
    {
        foreach (string name in withQuota) NumberOf(name);
    }

    /// <summary>Numbers given, 0 included.</summary>
    public int Count
    {
        get { lock (_lock) return _names.Count; }
    }

    /// <summary>The name of a number.</summary>
    public string this[int number]
    {
        get { lock (_lock) return _names[number]; }
    }

    /// <summary>The number of a repository, which is given it now if need be.</summary>
    public int NumberOf(string name)
    {
        if (name.Length == 0) return 0;
        lock (_lock)
        {
            if (_numbers.TryGetValue(name, out int number)) return number;
            if (_names.Count >= MaxNames) return 0;
            _names.Add(name);
            return _numbers[name] = _names.Count - 1;
        }
    }
}
