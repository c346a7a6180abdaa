using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Soak;

/// <summary>A day that passes as fast as the test likes: dates are made up, while waits are real, though a tenth as long.</summary>
internal sealed class DayClock(FakeClock dates) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => dates.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => base.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    private static TimeSpan Shorter(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / 10;
}
