namespace Cvmfs.Net.Cli.Replicas;

/// <summary>Keeps the last thing heard for whoever draws it.</summary>
internal sealed class LatestProgress<T> : IProgress<T>
{
    private readonly Lock _gate = new();
    private T? _latest;

    public T? Value
    {
        get { lock (_gate) return _latest; }
    }

    public void Report(T value)
    {
        lock (_gate) _latest = value;
    }
}
