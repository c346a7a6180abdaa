using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Incidents;

namespace Cvmfs.Net.Cli.Monitoring;

/// <summary>Who is told of what, from the fleet file and the command line; secrets are looked up here and nowhere else.</summary>
internal static class AlertRoutes
{
    private static readonly AlertReceiver s_pagerDuty = new("", new Uri("https://events.pagerduty.com/v2/enqueue"), AlertForm.PagerDuty);
    private static readonly AlertReceiver s_opsgenie = new("", new Uri("https://api.opsgenie.com/v2/alerts"), AlertForm.Opsgenie);

    /// <summary>Routes of a fleet file: each environment's channels, by severity.</summary>
    public static async Task<List<AlertRoute>> OfAsync(CliHost host, FleetDescription fleet, Uri mailServer, CancellationToken cancellationToken)
    {
        var routes = new List<AlertRoute>();
        var receivers = new Dictionary<string, AlertReceiver?>(StringComparer.Ordinal);
        foreach (var environment in fleet.Environments.Values)
        {
            if (!fleet.Routing.TryGetValue(environment.Channels, out var channels)) continue;
            foreach (var (severity, id) in ((AlertSeverity, string)[])[(AlertSeverity.Page, channels.Page), (AlertSeverity.Ticket, channels.Ticket), (AlertSeverity.Info, channels.Info)])
            {
                if (!fleet.Receivers.TryGetValue(id, out var described)) continue;
                if (!receivers.TryGetValue(id, out var receiver)) receivers[id] = receiver = await FindAsync(host, described, mailServer, cancellationToken);
                if (receiver is not null) routes.Add(new AlertRoute(receiver, severity, severity, environment.Id));
            }
        }

        return routes;
    }

    /// <summary>Reads <c>URL</c> or <c>severity=URL</c>: everything of that severity and above.</summary>
    public static AlertRoute? Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        var from = AlertSeverity.Info;
        bool isNamed = equals > 0 && Enum.TryParse(text[..equals], ignoreCase: true, out from) && Enum.IsDefined(from);
        if (!isNamed) from = AlertSeverity.Info;
        if (!Uri.TryCreate(isNamed ? text[(equals + 1)..] : text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return null;
        // What is left for a receiver over a restart is kept under its id: two of one host must differ, and the secret in a URL must not show.
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)))[..8];
        return new AlertRoute(new AlertReceiver($"webhook {url.Host} {mark}", url), from);
    }

    private static async Task<AlertReceiver?> FindAsync(CliHost host, FleetReceiver receiver, Uri mailServer, CancellationToken cancellationToken)
    {
        if (receiver is { Type: "email", To: { } address }) return new AlertReceiver(receiver.Id, mailServer, AlertForm.Mail) { To = address, From = "cvmfs-monitor@" + System.Net.Dns.GetHostName() };
        string? reference = receiver.UrlReference, url = null;
        try
        {
            if (reference?.StartsWith("env:", StringComparison.Ordinal) == true) url = host.Environment.GetValueOrDefault(reference["env:".Length..]);
            else if (reference?.StartsWith("file:", StringComparison.Ordinal) == true) url = (await File.ReadAllTextAsync(reference["file:".Length..], cancellationToken)).Trim();
        }
        catch (Exception odd) when (odd is IOException or UnauthorizedAccessException)
        {
            await Tell(odd.Message);
            return null;
        }

        if (receiver.Type is "pagerduty" or "opsgenie")
        {
            if (!string.IsNullOrWhiteSpace(url) && url.All(c => c is > ' ' and <= '~')) return receiver.Type is "pagerduty" ? s_pagerDuty with { Id = receiver.Id, Key = url } : s_opsgenie with { Id = receiver.Id, Key = url };
        }
        else if (Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https")
        {
            return new AlertReceiver(receiver.Id, parsed!, receiver.Type is "webhook" ? AlertForm.Document : AlertForm.Chat);
        }

        await Tell($"is told nothing: {reference ?? "its url_ref"} gives no {(receiver.Type is "pagerduty" or "opsgenie" ? "key" : "URL")}");
        return null;

        Task Tell(string what) => host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: receiver {receiver.Id} {what}.");
    }
}
