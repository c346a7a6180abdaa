namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>One threshold of an alert.</summary>
/// <param name="Severity">page, ticket or info.</param>
/// <param name="Expression">When, without joins, agreement of observers, or the pause during maintenance.</param>
/// <param name="Tier">Whose servers.</param>
internal sealed record AlertLevel(string Severity, string Expression, AlertTier Tier = AlertTier.Any)
{
    public static AlertLevel Page(string expression) => new("page", expression);

    public static AlertLevel Ticket(string expression) => new("ticket", expression);

    public static AlertLevel Info(string expression) => new("info", expression);

    /// <summary>A page for servers of a tier that wakes people up, a ticket for the others.</summary>
    public static AlertLevel[] ByTier(string expression) => [new("page", expression, AlertTier.Paging), new("ticket", expression, AlertTier.Other)];
}
