using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Checking;

public sealed class CheckScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Those_never_checked_come_first_then_the_oldest_and_nobody_before_the_time()
    {
        var last = new Dictionary<string, DateTimeOffset?>
        {
            ["recent"] = Now.AddDays(-29),
            ["old"] = Now.AddDays(-31),
            ["never"] = null,
            ["oldest"] = Now.AddDays(-400),
            ["just"] = Now.AddDays(-30),
        };
        Assert.Equal(["never", "oldest", "old", "just"], CheckSchedule.Due(last.Keys, name => last[name], Now));
        Assert.Equal(["never", "oldest"], CheckSchedule.Due(last.Keys, name => last[name], Now, TimeSpan.FromDays(100)));
    }

    [Fact]
    public async Task Two_checks_of_all_replicas_exclude_each_other()
    {
        using var folder = new TempFolder();
        var token = TestContext.Current.CancellationToken;
        using (var first = await CheckAllLock.TryTakeAsync(folder.Combine("spool"), cancellationToken: token))
        {
            Assert.NotNull(first);
            Assert.Null(await CheckAllLock.TryTakeAsync(folder.Combine("spool"), cancellationToken: token));
        }

        using var later = await CheckAllLock.TryTakeAsync(folder.Combine("spool"), cancellationToken: token);
        Assert.NotNull(later);
    }
}
