using System.CommandLine;
using System.Text.Json;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica import-config</c>: the service's own configuration, made from the reference's files.</summary>
internal static class ReplicaImportConfigCommand
{
    private static readonly TimeSpan s_most = TimeSpan.FromDays(36500);

    public static Command Create(CliHost host)
    {
        var output = new Option<string?>("--output", "-o") { Description = "Write the settings to this file instead of standard output.", HelpName = "FILE" };
        var places = new HostArguments();
        var command = new CliCommand(
            "import-config",
            "Make the replication service's own settings from /etc/cvmfs, and say what became of every parameter.",
            "replica import-config > appsettings.Production.json",
            "replica import-config --config-dir /etc/cvmfs --output appsettings.Production.json")
        {
            output,
        };
        command.Notes = "The service also reads /etc/cvmfs itself (ConfigDir), and stays in step with it then; import is for hosts that leave those files behind.";
        places.AddPlacesTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var read = await places.LoadAsync(parse, host, cancellationToken);
            using var buffer = new MemoryStream();
            await using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" })) Write(json, read, host.Clock);
            buffer.WriteByte((byte)'\n');
            if (parse.GetValue(output) is { } file) await File.WriteAllBytesAsync(file, buffer.ToArray(), cancellationToken);
            else await host.Output.WriteAsync(buffer.ToArray(), cancellationToken);

            foreach (var setting in read.Settings) await SayAsync(host, setting, "");
            foreach (var replica in read.Replicas)
            {
                await host.Error.WriteLineAsync(Skips(replica) is { } reason ? $"{replica.Alias}: left out: {reason}" : $"{replica.Alias}:");
                foreach (var setting in replica.Settings.Except(read.Settings)) await SayAsync(host, setting, replica.Alias);
                foreach (string note in replica.Notes) await host.Error.WriteLineAsync($"  note: {SafeText.ForTerminal(note)}");
            }

            foreach (var broken in read.Broken) await host.Error.WriteLineAsync($"{broken.Alias}: left out: {SafeText.ForTerminal(broken.Problem.Message)}");
            return read.Broken.Count > 0 || read.Replicas.Any(replica => Skips(replica) is not null && !replica.IsPassThrough) ? ExitCodes.Incomplete : ExitCodes.Done;
        });
    }

    private static Task SayAsync(CliHost host, ConfigurationValue setting, string alias)
        => host.Error.WriteLineAsync($"  {setting.Name} ({SafeText.ForTerminal(setting.Origin)}): {ImportedSettings.FateOf(setting.Name, alias)}");

    private static string? Skips(ReplicaConfiguration replica) => replica switch
    {
        { IsPassThrough: true } => "requests are passed through, which is the web server's work.",
        { Storage.IsLocal: false } => $"storage of the kind {replica.Storage.Kind} is not supported.",
        { Layout: not ReplicaConfiguration.SupportedLayout } => "its layout is not the supported one.",
        _ => null,
    };

    private static void Write(Utf8JsonWriter json, HostConfiguration read, TimeProvider time)
    {
        var taken = read.Replicas.Where(replica => Skips(replica) is null).ToList();
        json.WriteStartObject();
        json.WriteStartObject("Stratum1");
        json.WriteString("Storage", Path.GetFullPath(read.Options.StorageRoot));
        json.WriteString("Spool", Path.GetFullPath(read.Options.SpoolRoot));
        if (!read.Geo.IsOff && (read.Geo.DatabaseFile is not null || read.Geo.HasLicenseKey))
        {
            json.WriteString("GeoDatabase", read.Geo.DatabaseFile ?? Path.Combine(read.Geo.DatabaseFolder, read.Geo.DatabaseName + ".mmdb"));
        }

        json.WriteStartObject("Limits");
        json.WriteNumber("MaxSnapshots", read.MaxParallelSnapshots);
        json.WriteEndObject();
        var now = time.GetUtcNow();
        json.WriteStartObject("Maintenance");
        if (taken.Count > 0)
        {
            json.WriteString("CollectEvery", Span(taken.Min(replica => now - replica.CollectionLapse.Resolve(now, time.LocalTimeZone)), TimeSpan.FromMinutes(1)));
            json.WriteString("CheckEvery", Span(taken.Min(replica => replica.CheckInterval), TimeSpan.FromDays(1)));
        }

        json.WriteEndObject();
        json.WriteStartObject("Replicas");
        foreach (var replica in taken)
        {
            json.WriteStartObject(replica.Alias);
            json.WriteString("Upstream", replica.Upstream);
            json.WriteString("Repository", replica.Repository.ToString());
            json.WriteString("Key", string.Join(':', replica.KeyPaths));
            json.WriteString("Storage", replica.Storage.Target);
            json.WriteString("Spool", replica.SpoolFolder);
            if (replica.Group is { } group) json.WriteString("Group", group);
            if (!replica.IsActive) json.WriteBoolean("Active", false);
            json.WriteNumber("MaxConnections", replica.Workers);
            json.WriteString("NetworkTimeout", Span(replica.HttpTimeout, TimeSpan.FromSeconds(1)));
            json.WriteNumber("Retries", replica.HttpRetries);
            if (replica.CollectsAfterSnapshot) json.WriteBoolean("Collect", true);
            json.WriteString("KeepFor", Span(replica.ToReplicationOptions(time).HistoryLimit, TimeSpan.Zero));
            if (replica.DeletionLogFile is { } log) json.WriteString("DeletionLog", log);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // As .NET's configuration reads it; whole seconds, and never less than makes sense, nor more than the service takes.
    private static string Span(TimeSpan span, TimeSpan least) => TimeSpan.FromSeconds(Math.Round(Math.Clamp(span.TotalSeconds, least.TotalSeconds, s_most.TotalSeconds))).ToString("c", System.Globalization.CultureInfo.InvariantCulture);
}
