namespace Cvmfs.Net.Databases;

/// <summary>Bounds what one step of a statement may cost, so that a database made to loop ends in an error instead of a hang.</summary>
/// <remarks>A sound query visits each row of the file at most a few times, and no row is smaller than a few bytes; the budget therefore grows
/// with the length of the file.</remarks>
internal sealed class SqliteWatch
{
    /// <summary>Operations of SQLite's virtual machine between two looks: some tens of microseconds.</summary>
    public const int OperationsPerCheck = 4096;

    private const long FreeChecks = 2048; // 8 million operations: every small file is far below
    private const long OperationsPerByte = 4;

    private long _checks;

    /// <summary>Looks allowed within one step.</summary>
    public long MaxChecks { get; set; } = long.MaxValue;

    /// <summary>The cancellation of the call that is running.</summary>
    public CancellationToken Cancellation { get; private set; }

    /// <summary>The budget for a file of this length.</summary>
    public static long ChecksFor(long fileBytes) => FreeChecks + fileBytes / OperationsPerCheck * OperationsPerByte;

    /// <summary>Begins a step.</summary>
    public void Start(CancellationToken cancellation)
    {
        _checks = 0;
        Cancellation = cancellation;
    }

    /// <summary>Whether the step is to end now.</summary>
    public bool MustStop() => ++_checks > MaxChecks || Cancellation.IsCancellationRequested;
}
