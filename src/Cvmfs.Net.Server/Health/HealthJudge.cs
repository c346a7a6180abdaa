using System.Globalization;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Info;
using Cvmfs.Net.Server.RootFiles;

namespace Cvmfs.Net.Server.Health;

/// <summary>Judges repositories by what is served of them.</summary>
internal sealed class HealthJudge(ServedContent content, TimeProvider time)
{
    /// <summary>Monitors take a server out at this point: clients refuse a repository whose whitelist has ended.</summary>
    private static readonly TimeSpan s_failingBelow = TimeSpan.FromHours(48);

    private static readonly TimeSpan s_warningBelow = TimeSpan.FromDays(7);

    /// <summary>Judges one repository. Looks at its root files if they may have changed.</summary>
    public RepositoryHealth Judge(ServedRepository repository)
    {
        if (content.Find(repository.Alias) is not { } replica) return new RepositoryHealth(HealthState.Failing, "its folder is gone", null);
        RootFileSet? set;
        try
        {
            set = replica.RootFiles.Look();
        }
        catch (IOException e)
        {
            return new RepositoryHealth(HealthState.Failing, e.Message, null);
        }

        string? trouble = replica.RootFiles.Trouble ?? repository.Fault;
        if (set is null)
        {
            return trouble is null
                ? new RepositoryHealth(HealthState.Warning, "never snapshotted", null)
                : new RepositoryHealth(HealthState.Failing, trouble, null);
        }

        var left = set.WhitelistExpiry - time.GetUtcNow();
        return Worse(OfWhitelist(set, left), trouble is null ? HealthState.Ok : HealthState.Warning, trouble, left);
    }

    private static (HealthState State, string? Reason) OfWhitelist(RootFileSet set, TimeSpan? left) => left switch
    {
        null when set.Whitelist is null && set.Pkcs7Whitelist is null => (HealthState.Failing, "there is no whitelist"),
        null => (HealthState.Warning, "nobody knows when the whitelist ends"),
        { } time when time <= TimeSpan.Zero => (HealthState.Failing, "the whitelist has expired"),
        { } time when time < s_failingBelow => (HealthState.Failing, Expires(time)),
        { } time when time < s_warningBelow => (HealthState.Warning, Expires(time)),
        _ => (HealthState.Ok, null),
    };

    private static RepositoryHealth Worse((HealthState State, string? Reason) whitelist, HealthState state, string? reason, TimeSpan? left)
    {
        string?[] reasons = [whitelist.Reason, reason];
        return new RepositoryHealth(
            whitelist.State > state ? whitelist.State : state,
            reasons.Any(text => text is not null) ? string.Join("; ", reasons.Where(text => text is not null)) : null,
            left);
    }

    private static string Expires(TimeSpan left) => string.Create(CultureInfo.InvariantCulture, $"the whitelist ends in {left.TotalHours:f0} hours");
}
