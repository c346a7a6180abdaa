using System.Globalization;
using System.Text;
using Cvmfs.Net.Monitoring.Fleet.Rendering;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>The guide to alerts: what each means, why it is there, what to do first.</summary>
internal static class AlertsDocument
{
    /// <summary>Markdown.</summary>
    /// <param name="fleet">Whose; null for the guide that is the same for all.</param>
    public static string Write(FleetDescription? fleet = null)
    {
        var text = new StringBuilder("# Alerts\n\n");
        if (fleet is not null) text.Insert(0, $"<!-- Made by Cvmfs.Net from the fleet file, digest {fleet.Digest}. Generated: do not edit. -->\n\n");
        text.Append("""
            Three severities: **page** means that somebody must act now, **ticket** that somebody must act in working hours, **info** goes into a digest. Where a
            tier decides, servers of tiers that page (`critical`, unless the fleet file says otherwise) page, and the others make a ticket.

            A page of observers needs two of them that agree, or one where only one sees anything. What a blind observer says counts for nothing. During a window of
            maintenance nothing fires about its servers and repositories. Labels for routes (`environment`, `tier`, `owner`) come from the fleet file. The same
            rules are for every environment; only the routes differ.


            """.ReplaceLineEndings("\n"));
        foreach (var group in AlertGroup.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {group.Title}\n\n{group.Why.ReplaceLineEndings("\n").Trim()}\n\n");
            foreach (var alert in group.Rules) Write(text, alert, fleet?.PagingTiers ?? "critical");
        }

        text.Append("## Recorded figures\n\n| Name | Is |\n|---|---|\n");
        foreach (var (record, _, what) in RecordingRules.All) text.Append(CultureInfo.InvariantCulture, $"| `{record}` | {what} |\n");
        return text.ToString();
    }

    private static void Write(StringBuilder text, AlertRule alert, string pagingTiers)
    {
        string severities = string.Join(", ", alert.Levels.Select(level => level.Tier switch
        {
            AlertTier.Paging => $"{level.Severity} (tier {pagingTiers})",
            AlertTier.Other => $"{level.Severity} (other tiers)",
            _ => level.Severity,
        }));
        text.Append(CultureInfo.InvariantCulture, $"### {alert.Name}\n\n{severities}{(alert.For.Length > 0 ? ", after " + alert.For : "")}. {alert.Why}\n\nFirst: {alert.Runbook}\n\n");
        foreach (var level in alert.Levels.DistinctBy(level => level.Expression)) text.Append(CultureInfo.InvariantCulture, $"```\n{level.Expression}\n```\n\n");
    }
}
