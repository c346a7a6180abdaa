namespace Stratum1Replicator.Operation;

/// <summary>What is wrong with the configuration as it is now, while an older one is in force. Thread-safe.</summary>
internal sealed class ConfigurationProblem
{
    private string? _current;

    /// <summary>Null if nothing is.</summary>
    public string? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
