namespace Cvmfs.Net.Testing;

/// <summary>A place in a fake where it stops until the test lets it go on; and the other way round, a test waits until it got there.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the fake is at the gate.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Lets the fake go on, now or when it arrives.</summary>
    public void Open() => _opened.TrySetResult();

    /// <summary>Called by the fake.</summary>
    public Task PassAsync(CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        return _opened.Task.WaitAsync(cancellationToken);
    }
}
