namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>The allowance of each server, whoever looks at it. Thread-safe.</summary>
internal sealed class ObjectAllowances(long bytesPerHour, TimeSpan interval, TimeProvider clock)
{
    private const string Strangers = ""; // of no server: names are never empty

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ObjectAllowance> _allowances = new(StringComparer.Ordinal);

    /// <summary>How many are known.</summary>
    public int Count
    {
        get { lock (_gate) return _allowances.Count; }
    }

    /// <summary>A server's; null for the one that all servers outside the fleet share, of which there may be any number.</summary>
    public ObjectAllowance Of(string? server)
    {
        lock (_gate)
        {
            if (!_allowances.TryGetValue(server ?? Strangers, out var allowance)) _allowances[server ?? Strangers] = allowance = new ObjectAllowance(bytesPerHour, interval, clock);
            return allowance;
        }
    }

    /// <summary>Forgets servers that are no more.</summary>
    public void Keep(IReadOnlySet<string> servers)
    {
        lock (_gate)
        {
            foreach (string gone in _allowances.Keys.Where(name => name != Strangers && !servers.Contains(name)).ToList()) _allowances.Remove(gone);
        }
    }
}
