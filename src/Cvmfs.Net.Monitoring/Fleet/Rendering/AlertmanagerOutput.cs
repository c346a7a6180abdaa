using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Alertmanager: by environment, then tier and severity; secrets only by the file that holds them.</summary>
internal static class AlertmanagerOutput
{
    public static IEnumerable<RenderedFile> Render(FleetDescription fleet)
    {
        var text = new StringBuilder(RenderedFile.Header(fleet));
        string fallback = fleet.Environments.Values.OrderByDescending(environment => environment.IsOnStatusPage).Select(environment => fleet.Routing[environment.Channels].Ticket).First();
        text.Append(CultureInfo.InvariantCulture, $"route:\n  receiver: {Quote(fallback)}\n  group_by: [environment, alertname, repository]\n  group_wait: 1m\n  repeat_interval: 24h\n  routes:\n");
        foreach (var environment in fleet.Environments.Values)
        {
            var (page, ticket, info) = fleet.Routing[environment.Channels];
            text.Append(CultureInfo.InvariantCulture, $"    - matchers: [environment=\"{environment.Id}\"]\n      routes:\n");
            if (environment.IsOnStatusPage) OwnersRoutes(text, fleet);
            Route(text, "page", page, "4h");
            Route(text, "ticket", ticket, "24h");
            Route(text, "info", info, "24h");
        }

        text.Append("inhibit_rules:\n");
        Inhibit(text, "severity=\"page\"", "severity=~\"ticket|info\"", "alertname, environment, server, repository, instance, volume, kind");
        Inhibit(text, "alertname=\"CvmfsServerDown\"", "alertname!=\"CvmfsServerDown\"", "environment, server");
        Inhibit(text, "alertname=\"CvmfsReferenceUnreachable\"", "alertname=~\"CvmfsReplicaLagging|CvmfsReplicaLagSevere\"", "environment");
        Inhibit(text, "alertname=\"CvmfsAllReplicasDown\"", "alertname=\"CvmfsServerDown\"", "environment");
        Inhibit(text, "alertname=\"CvmfsProberBlind\"", "alertname!=\"CvmfsProberBlind\"", "vantage");
        text.Append("receivers:\n");
        foreach (var receiver in fleet.Receivers.Values) Receiver(text, receiver);
        foreach (var contact in ReachableOwners(fleet)) Receiver(text, new FleetReceiver(OwnersReceiver(contact), "email", contact.Email, null));
        yield return RenderedFile.OfText("alertmanager/alertmanager.yml", text.ToString());
    }

    /// <summary>What others run as well as they can concerns them, and whoever runs the infrastructure is not woken up for it.</summary>
    private static void OwnersRoutes(StringBuilder text, FleetDescription fleet)
    {
        foreach (var contact in ReachableOwners(fleet))
        {
            text.Append(CultureInfo.InvariantCulture, $"        - matchers: [tier=\"best-effort\", owner=\"{contact.Id}\", severity=~\"page|ticket\"]\n          receiver: {Quote(OwnersReceiver(contact))}\n");
        }
    }

    private static IEnumerable<FleetContact> ReachableOwners(FleetDescription fleet) => fleet.Contacts.Values.Where(contact => contact.Email.Length > 0);

    /// <summary>A name that no receiver of the file can have: ids have no blanks.</summary>
    private static string OwnersReceiver(FleetContact contact) => "owner " + contact.Id;

    private static void Route(StringBuilder text, string severity, string receiver, string repeat)
        => text.Append(CultureInfo.InvariantCulture, $"        - matchers: [severity=\"{severity}\"]\n          receiver: {Quote(receiver)}\n          repeat_interval: {repeat}\n");

    private static void Inhibit(StringBuilder text, string source, string target, string equal)
        => text.Append(CultureInfo.InvariantCulture, $"  - source_matchers: ['{source}']\n    target_matchers: ['{target}']\n    equal: [{equal}]\n");

    private static void Receiver(StringBuilder text, FleetReceiver receiver)
    {
        text.Append(CultureInfo.InvariantCulture, $"  - name: {Quote(receiver.Id)}\n");
        // Alertmanager reads secrets from files; a reference to a variable or a vault becomes the file that a deployment puts there.
        string file = receiver.UrlReference switch
        {
            null => "",
            var reference when reference.StartsWith("file:", StringComparison.Ordinal) => reference["file:".Length..],
            var reference => "/etc/alertmanager/secrets/" + string.Concat(reference[(reference.IndexOf(':', StringComparison.Ordinal) + 1)..].Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')),
        };
        (string Kind, string Key) how = receiver.Type switch
        {
            "email" => ("email_configs", "to"),
            "slack" or "mattermost" => ("slack_configs", "api_url_file"),
            "pagerduty" => ("pagerduty_configs", "routing_key_file"),
            "opsgenie" => ("opsgenie_configs", "api_key_file"),
            _ => ("webhook_configs", "url_file"),
        };
        text.Append(CultureInfo.InvariantCulture, $"    {how.Kind}:\n      - {how.Key}: {Quote(how.Key == "to" ? receiver.To ?? "" : file)}\n");
        if (how.Kind == "slack_configs" && receiver.To is { } channel) text.Append(CultureInfo.InvariantCulture, $"        channel: {Quote(channel)}\n");
    }

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ") + "\"";
}
