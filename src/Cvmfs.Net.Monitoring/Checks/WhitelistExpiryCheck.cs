using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Will clients go on believing the repository? Warns when a share of the whitelist's life is left, whatever its length.</summary>
/// <remarks>Whitelists live 30 days where the key is at hand and 7 days where it is on a smart card; a fixed number of days fits only one of them.</remarks>
public sealed class WhitelistExpiryCheck : ICheck
{
    /// <inheritdoc/>
    public string Name => "whitelist";

    /// <summary>Share of its life that must be left, 0 to 1. Default 0.34: 10.2 days of 30, 2.4 of 7.</summary>
    public double WarnBelow { get; init; } = 0.34;

    /// <summary>Time left below which it is a warning whatever its life. Default 72 h: a long weekend.</summary>
    public TimeSpan WarnWithin { get; init; } = TimeSpan.FromHours(72);

    /// <summary>Time left below which the repository counts as failed: a mount breaks then. Default 24 h.</summary>
    public TimeSpan FailWithin { get; init; } = TimeSpan.FromHours(24);

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Judge(FleetView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Servers.SelectMany(server => server.Repositories.Select(repository =>
        {
            var (status, message) = Judge(repository, view.At);
            return new CheckResult(Name, server.Target.Name, repository.Name, status, message);
        }));
    }

    private (CheckStatus Status, string Message) Judge(RepositoryReport repository, DateTimeOffset now)
    {
        if (repository.Whitelist is not { } whitelist) return (CheckStatus.Unknown, repository.Detail ?? "no whitelist");
        if (repository.Error == ErrorClass.Whitelist && !whitelist.IsExpiredAt(now)) return (CheckStatus.Failed, repository.Detail ?? "the whitelist is not believed");
        if (whitelist.IsExpiredAt(now)) return (CheckStatus.Failed, $"expired at {whitelist.ExpiresAt:u}");
        var left = whitelist.ExpiresAt - now;
        string message = $"expires at {whitelist.ExpiresAt:u}";
        if (left < FailWithin) return (CheckStatus.Failed, message);
        bool isLateInLife = whitelist.CreatedAt is { } created && left < (whitelist.ExpiresAt - created) * WarnBelow;
        return isLateInLife || left < WarnWithin ? (CheckStatus.Warning, message) : (CheckStatus.Ok, message);
    }
}
