namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Spelling of statuses in configuration, JSON, classes and on the page.</summary>
public static class ServiceStatusNames
{
    /// <summary>The statuses of the legend, best first.</summary>
    public static IReadOnlyList<ServiceStatus> Legend { get; } =
        [ServiceStatus.Ok, ServiceStatus.Degraded, ServiceStatus.Warning, ServiceStatus.Failed, ServiceStatus.Maintenance];

    /// <summary>The name in configuration and JSON, such as <c>DEGRADED</c>.</summary>
    public static string Name(this ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => "OK",
        ServiceStatus.Degraded => "DEGRADED",
        ServiceStatus.Warning => "WARNING",
        ServiceStatus.Failed => "FAILED",
        ServiceStatus.Maintenance => "MAINTENANCE",
        _ => "UNKNOWN",
    };

    /// <summary>A few words for a heading.</summary>
    public static string Text(this ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => "Normal service",
        ServiceStatus.Degraded => "Degraded",
        ServiceStatus.Warning => "Warning",
        ServiceStatus.Failed => "Failed",
        ServiceStatus.Maintenance => "Maintenance",
        _ => "Unknown",
    };

    /// <summary>A sentence that says what the status means to a user; the configuration may have another.</summary>
    public static string Description(this ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => "All services work as they should.",
        ServiceStatus.Degraded => "Everything can be used; some of it is slower or has less redundancy than usual.",
        ServiceStatus.Warning => "Everything can be used; some parts are unavailable or behind.",
        ServiceStatus.Failed => "The service cannot be used at the moment.",
        ServiceStatus.Maintenance => "Planned work is going on.",
        _ => "Nobody could measure the service recently.",
    };

    /// <summary>The class attribute that pages and JSON of the field carry: colour and icon.</summary>
    public static string CssClass(this ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => "status-ok fas fa-check",
        ServiceStatus.Degraded => "status-degraded fas fa-minus-square",
        ServiceStatus.Warning => "status-warning fas fa-exclamation-triangle",
        ServiceStatus.Failed => "status-failed fas fa-times-circle",
        ServiceStatus.Maintenance => "status-maintenance fas fa-hammer",
        _ => "status-unknown fas fa-question-circle",
    };

    /// <summary>Reads a name as <see cref="Name"/> writes it. <c>UNKNOWN</c> is none: no rule may decide that.</summary>
    public static bool TryParse(string? name, out ServiceStatus status)
    {
        foreach (var candidate in Legend)
        {
            if (candidate.Name() != name) continue;
            status = candidate;
            return true;
        }

        status = ServiceStatus.Unknown;
        return false;
    }

    /// <summary>The worst of several; <paramref name="none"/> where there are none. What nobody measured is worse than well and better than any fault.</summary>
    public static ServiceStatus Worst(this IEnumerable<ServiceStatus> statuses, ServiceStatus none = ServiceStatus.Ok)
    {
        ArgumentNullException.ThrowIfNull(statuses);
        ServiceStatus? worst = null;
        foreach (var status in statuses)
        {
            if (worst is not { } sofar || Rank(status) > Rank(sofar)) worst = status;
        }

        return worst ?? none;
    }

    /// <summary>Position in the order of badness.</summary>
    internal static int Rank(ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => 0,
        ServiceStatus.Unknown => 1,
        ServiceStatus.Degraded => 2,
        ServiceStatus.Warning => 3,
        ServiceStatus.Failed => 4,
        _ => 5,
    };
}
