namespace Cvmfs.Net.Replication.Checking;

/// <summary>Collects findings: all are counted and handed on, the first ones are kept. Thread-safe.</summary>
internal sealed class FindingLog(int maxKept, Action<CheckFinding>? onFinding)
{
    private readonly Lock _gate = new();
    private readonly List<CheckFinding> _kept = [];
    private long _errors;
    private long _warnings;

    /// <summary>Fatal findings and errors so far.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>Warnings so far.</summary>
    public long Warnings => Interlocked.Read(ref _warnings);

    /// <summary>The first findings.</summary>
    public IReadOnlyList<CheckFinding> Kept
    {
        get { lock (_gate) return [.. _kept]; }
    }

    public void Add(CheckFinding finding)
    {
        lock (_gate)
        {
            if (finding.Severity == CheckSeverity.Warning) _warnings++;
            else _errors++;
            if (_kept.Count < maxKept) _kept.Add(finding);
            onFinding?.Invoke(finding);
        }
    }

    /// <summary>Notes something that all else rests on.</summary>
    public void Fatal(int number, string message, string? path = null, string? key = null, string? found = null, string? expected = null)
        => Add(new CheckFinding { Number = number, Severity = CheckSeverity.Fatal, Message = message, Path = path, Key = key, Found = found, Expected = expected });

    /// <summary>Notes an error outside of catalogs.</summary>
    public void Error(int number, string message, string? path = null, string? key = null, string? found = null, string? expected = null)
        => Add(new CheckFinding { Number = number, Severity = CheckSeverity.Error, Message = message, Path = path, Key = key, Found = found, Expected = expected });
}
