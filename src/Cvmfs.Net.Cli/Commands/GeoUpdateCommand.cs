using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Server;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>geo update</c>: what the reference calls <c>update-geodb</c>, by the settings of the host's files.</summary>
internal static class GeoUpdateCommand
{
    private const string AccountVariable = "CVMFS_GEO_ACCOUNT_ID";
    private const string KeyVariable = "CVMFS_GEO_LICENSE_KEY"; // never an option: command lines can be read by everybody on the host

    public static Command Create(CliHost host)
    {
        var lazily = new Option<bool>("--lazy", "-l")
        {
            Description = "Do nothing until it is time: not for two weeks, then on one day of the week, after four weeks on any day; once a day at most.",
        };
        var folder = new Option<string?>("--folder") { Description = "Folder of the database. Default: what server.local says, or /var/lib/cvmfs-server/geo.", HelpName = "DIR" };
        var command = new CliCommand(
            "update",
            "Fetch the location database anew, or link to one that others keep.",
            "geo update",
            "geo update --lazy --config-dir /etc/cvmfs")
        {
            lazily,
            folder,
        };
        command.Notes = $"""
            server.local or the environment set {AccountVariable} and {KeyVariable} for an account at the
            database's publisher, or CVMFS_GEO_DB_FILE for a file that others keep; NONE turns the database off.
            """;
        var places = new HostArguments().AddPlacesTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var configuration = await places.LoadAsync(parse, host, cancellationToken);
            using var updater = Create(host, configuration, parse.GetValue(folder));
            var report = await updater.UpdateAsync(parse.GetValue(lazily), cancellationToken);
            if (!report.Succeeded) throw new CliException(CodeOf(report.Outcome), report.Message, HintFor(report.Outcome));
            await host.Error.WriteLineAsync($"{report.DatabaseFile}: {report.Message}.");
            return ExitCodes.Done;
        });
    }

    private static GeoDatabaseUpdater Create(CliHost host, HostConfiguration configuration, string? folder)
    {
        var geo = configuration.Geo;
        var options = new GeoUpdateOptions
        {
            Folder = folder ?? geo.DatabaseFolder,
            DatabaseName = geo.DatabaseName,
            DatabaseFile = geo.IsOff ? GeoUpdateOptions.Off : geo.DatabaseFile,
            AccountId = geo.AccountId,
            LicenseKey = configuration.Settings.LastOrDefault(setting => setting.Name == KeyVariable)?.Text ?? host.Environment.GetValueOrDefault(KeyVariable),
            UpdateDay = geo.UpdateDay,
            UpdateHour = geo.UpdateHour,
            MinDays = geo.MinDays,
            MaxDays = geo.MaxDays,
            InfoFolder = HostInfo.FolderOf(configuration.Options).Location,
        };
        try
        {
            if (geo.DownloadUrl is { } source) options.Source = new Uri(source);
            return new GeoDatabaseUpdater(options, time: host.Clock);
        }
        catch (Exception e) when (e is UriFormatException or OptionsValidationException)
        {
            throw CliException.Usage($"The settings of the location database cannot be used: {e.Message}");
        }
    }

    private static int CodeOf(GeoUpdateOutcome outcome) => outcome switch
    {
        GeoUpdateOutcome.DownloadFailed => ExitCodes.UpstreamUnreachable,
        GeoUpdateOutcome.ExtractFailed => ExitCodes.VerificationFailed,
        GeoUpdateOutcome.InstallFailed or GeoUpdateOutcome.NotWritable => ExitCodes.Storage,
        _ => ExitCodes.Usage,
    };

    private static string? HintFor(GeoUpdateOutcome outcome) => outcome == GeoUpdateOutcome.NotConfigured
        ? $"Set {AccountVariable} and {KeyVariable} in server.local, or CVMFS_GEO_DB_FILE; CVMFS_GEO_DB_FILE=NONE turns the database off."
        : null;
}
