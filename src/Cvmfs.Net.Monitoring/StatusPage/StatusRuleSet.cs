using Cvmfs.Net.Monitoring.StatusPage.Rules;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Conditions tried in order; the first that holds decides. Immutable.</summary>
/// <param name="Id">Which question the rule set answers: one of <see cref="RequiredIds"/>, or any other, which is then never asked.</param>
/// <param name="Description">For people.</param>
/// <param name="Conditions">In order.</param>
public sealed record StatusRuleSet(string Id, string Description, IReadOnlyList<StatusCondition> Conditions)
{
    /// <summary>Rule set of the Stratum 0 panel.</summary>
    public const string Stratum0Servers = "stratum0_servers";

    /// <summary>Rule set of the Stratum 1 panel.</summary>
    public const string Stratum1Servers = "stratum1_servers";

    /// <summary>Rule set of the sync server panel.</summary>
    public const string SyncServers = "sync_servers";

    /// <summary>Rule set of the overall status. The name is that of the configurations that exist.</summary>
    public const string Overall = "eessi_status";

    /// <summary>The rule sets without which there is no page.</summary>
    public static IReadOnlyList<string> RequiredIds { get; } = [Stratum0Servers, Stratum1Servers, SyncServers, Overall];

    /// <summary>Rules that fit most infrastructures: two public replicas are wanted, one is enough to work.</summary>
    public static IReadOnlyList<StatusRuleSet> Defaults { get; } =
    [
        new(Stratum0Servers, "Where repositories are published", [new(ServiceStatus.Ok, "stratum0_servers > 0 || stratum0_servers_total == 0"), new(ServiceStatus.Warning, "stratum0_servers_reachable > 0")]),
        new(Stratum1Servers, "Public replicas",
        [
            new(ServiceStatus.Failed, "stratum1_servers_reachable == 0"),
            new(ServiceStatus.Warning, "stratum1_servers < 1"),
            new(ServiceStatus.Degraded, "stratum1_servers < 2 || stratum1_servers < stratum1_servers_total"),
            new(ServiceStatus.Ok, "true"),
        ]),
        new(SyncServers, "Private replicas", [new(ServiceStatus.Ok, "sync_servers > 0 || sync_servers_total == 0"), new(ServiceStatus.Warning, "sync_servers_reachable > 0")]),
        new(Overall, "All of it",
        [
            new(ServiceStatus.Failed, "stratum1_servers_reachable == 0"),
            new(ServiceStatus.Warning, "stratum1_servers < 1 || stratum0_servers == 0 && stratum0_servers_total > 0 || sync_servers == 0 && sync_servers_total > 0"),
            new(ServiceStatus.Degraded, "stratum1_servers < 2 || stratum1_servers < stratum1_servers_total || repos_out_of_sync > 0"),
            new(ServiceStatus.Ok, "true"),
        ]),
    ];

    /// <summary>What the rule set says. Nothing holds: failed. A condition that cannot be read or has no value does not hold.</summary>
    /// <param name="variables">What names stand for.</param>
    /// <param name="warnings">Takes a line for each condition that could not be judged.</param>
    public ServiceStatus Judge(IReadOnlyDictionary<string, RuleValue> variables, ICollection<string>? warnings = null)
    {
        for (int i = 0; i < Conditions.Count; i++)
        {
            var condition = Conditions[i];
            string? error = condition.Error;
            try
            {
                if (condition.Expression?.IsTrue(variables) == true) return condition.Status;
            }
            catch (RuleExpressionException odd)
            {
                error = odd.Message;
            }

            if (error is not null) warnings?.Add($"rule {Id}, condition {i + 1} ({condition.Status.Name()} when {condition.When}), {error} It counts as false.");
        }

        return ServiceStatus.Failed;
    }
}
