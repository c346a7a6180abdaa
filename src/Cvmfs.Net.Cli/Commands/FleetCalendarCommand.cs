using System.CommandLine;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Fleet.Rotation;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>fleet calendar</c>: when keys, whitelists and certificates have to be renewed.</summary>
internal static class FleetCalendarCommand
{
    public static Command Create(CliHost host)
    {
        var file = FleetCommand.FileArgument();
        var ical = new Option<bool>("--ical") { Description = "As an iCalendar file (RFC 5545), past dates included." };
        var offline = new Option<bool>("--offline") { Description = "Ask no server: only the dates that the file has, of keys and maintenance." };
        var command = new CliCommand(
            "calendar",
            "When whitelists, certificates and keys have to be renewed, and from when on somebody should see to it: a third of a whitelist's life, or 30 days, before the end. "
            + "Ends with 1 when that time has come for something, and with 4 when a server did not answer.",
            "fleet calendar fleet.yaml",
            "fleet calendar fleet.yaml --ical > rotation.ics")
        {
            file, ical, offline,
        };
        return command.Runs(async (parse, cancellationToken) =>
        {
            var result = await FleetCommand.ReadAsync(host, parse.GetRequiredValue(file).FullName, cancellationToken);
            if (result.Fleet is not { } fleet) return ExitCodes.Failed;
            var reports = parse.GetValue(offline) ? [] : await FleetServers.ScrapeAsync(fleet, new ScraperOptions { TimeProvider = host.Clock, GeoQueries = [] }, cancellationToken);
            foreach (var lost in reports.Where(report => report.Outcome == ServerOutcome.Unreachable)) await host.Error.WriteLineAsync(SafeText.ForTerminal($"{lost.Target.Name} does not answer: {lost.Detail}"));
            var now = host.Clock.GetUtcNow();
            var calendar = RotationCalendar.Of(fleet, reports);
            await using var output = host.OpenText();
            await output.WriteAsync(parse.GetValue(ical) ? calendar.ToICalendar(now) : calendar.ToText(now));
            if (calendar.Events.Any(one => one.Kind != RotationKind.Maintenance && one.ActFrom <= now && one.At >= now)) return ExitCodes.Failed;
            return reports.Any(report => report.Outcome == ServerOutcome.Unreachable) ? ExitCodes.UpstreamUnreachable : ExitCodes.Done;
        });
    }
}
