namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>One alert, at one or more levels.</summary>
/// <param name="Name">Its name.</param>
/// <param name="For">How long it must hold; empty for at once.</param>
/// <param name="Summary">What is the matter, with labels and figures.</param>
/// <param name="Why">Why anybody should care.</param>
/// <param name="Runbook">What to do first.</param>
/// <param name="Levels">When, and how urgent.</param>
internal sealed record AlertRule(string Name, string For, string Summary, string Why, string Runbook, params AlertLevel[] Levels)
{
    /// <summary>What it is about.</summary>
    public AlertSubject Subject { get; init; } = AlertSubject.Server;

    /// <summary>Whether the expression has a series for each observer: blind ones are left out then, and a page needs two that agree.</summary>
    public bool IsProbed { get; init; }

    /// <summary>The whole expression of a level.</summary>
    /// <param name="level">One of <see cref="Levels"/>.</param>
    /// <param name="pagingTiers">Tiers that wake people up, as an expression for labels.</param>
    public string Complete(AlertLevel level, string pagingTiers)
    {
        string expression = level.Expression;
        if (IsProbed)
        {
            // A Prometheus that reads /metrics and /probe of one monitor has everything twice, the second time with the labels of the target: still one observer.
            expression = $"max {AlertText.WithoutScrape} (({expression}) and {AlertText.Online})";
            // One observer may have a bad line. Nobody is woken up for that where there are two.
            if (level.Severity == "page") expression = $"max without (vantage) ({expression}) and count without (vantage) ({expression}) >= scalar(cvmfs:vantages_needed)";
        }

        if (level.Tier != AlertTier.Any) expression = $"({expression}) {(level.Tier == AlertTier.Paging ? "and" : "unless")} on(server) cvmfs:fleet_server_info{{tier=~\"{pagingTiers}\"}}";
        return Subject switch
        {
            // The facts have the value 1: multiplying keeps the figure and brings the labels that routes need.
            AlertSubject.Server => $"(({expression}) {AlertText.UnlessServer} {AlertText.UnlessRepository}) * on(server) group_left(environment, tier, owner, role) cvmfs:fleet_server_info",
            AlertSubject.Repository => $"(({expression}) {AlertText.UnlessRepository}) * on(repository) group_left(environment, tier, owner) cvmfs:fleet_repository_info",
            _ => expression,
        };
    }
}
