using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica add</c>: sees to it that this host has a replica.</summary>
internal static class ReplicaAddCommand
{
    public static Command Create(CliHost host)
    {
        var upstream = new Argument<string>("URL") { Description = "The repository to copy: http://host/cvmfs/<repository>, or a folder." };
        var keys = new Argument<string[]>("KEYS") { Description = "Public master keys: files or folders, also joined by colons. None for --pass-through.", Arity = ArgumentArity.ZeroOrMore };
        var name = new Option<string?>("--name", "-n") { Description = "Local name; the repository's where left out.", HelpName = "ALIAS" };
        var owner = new Option<string?>("--owner", "-o") { Description = "Account that owns the files; who runs this where left out.", HelpName = "USER" };
        var storage = new Option<string?>("--storage") { Description = "Storage folder; one in --storage-root where left out.", HelpName = "DIR" };
        var definition = new Option<string?>("--upstream-storage", "-u") { Description = "The same as cvmfs_server writes it: local,TMP,DIR.", HelpName = "DEF" };
        var url = new Option<string?>("--stratum1-url", "-w") { Description = "Where the replica will be served.", HelpName = "URL" };
        var group = new Option<string?>("--group", "-g") { Description = "Group for snapshot --all --group.", HelpName = "GROUP" };
        var gc = new Option<bool>("--auto-gc", "-z") { Description = "Collect garbage after snapshots." };
        var passThrough = new Option<bool>("--pass-through", "-P") { Description = "Only pass requests on; store nothing." };
        var workers = new Option<int?>("--connections") { Description = "Connections to the upstream; 16 where left out.", HelpName = "N" };
        var apache = new Option<bool>("--no-apache", "-a") { Description = "Accepted for cvmfs_server's sake: no web server is configured here." };
        var noWeb = new Option<bool>("-p") { Description = "Accepted for cvmfs_server's sake, as -a." };
        var s3 = new Option<string?>("-s") { Description = "Not supported: storage on S3.", HelpName = "FILE" };
        var update = new Option<bool>("--update") { Description = "Bring the settings of an existing replica in line." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be done." };
        var json = ReplicaArguments.Json();
        var places = new HostArguments();
        var command = new CliCommand(
            "add",
            "Make sure that this host has a replica: configuration and folders as cvmfs_server makes them. The first snapshot copies.",
            "replica add http://stratum0.example.org/cvmfs/software.example.org /etc/cvmfs/keys/example.org",
            "replica add -n sw -g night -z http://stratum0.example.org/cvmfs/software.example.org key1.pub:key2.pub")
        {
            upstream, keys, name, owner, storage, definition, url, group, gc, passThrough, workers, apache, noWeb, s3, update, dryRun, json,
        };
        command.Aliases.Add("add-replica");
        command.Notes = "Again with the same arguments it does nothing and returns 0. With others it says what differs and returns 1, or adapts the files with --update.\n"
            + "Root is needed where the folders are root's. --config-dir, --storage-root and --spool-root choose others.";
        places.AddPlacesTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(s3) is not null) result.AddError("-s: storage on S3 is not supported, only folders of this machine.");
            if (result.GetValue(storage) is not null && result.GetValue(definition) is not null) result.AddError("--storage and -u both name the storage; give one.");
            if (result.GetValue(passThrough) && (result.GetValue(gc) || result.GetValue(definition) is not null)) result.AddError("--pass-through stores nothing: it excludes -u and -z.");
            bool hasKeys = result.GetResult(keys) is { Tokens.Count: > 0 };
            if (hasKeys == result.GetValue(passThrough)) result.AddError(hasKeys ? "--pass-through takes no keys: it verifies nothing." : "Give the public master key behind the URL.");
        });
        return command.Runs(async (parse, cancellationToken) =>
        {
            var wanted = new ReplicaDefinition
            {
                Upstream = Absolute(parse.GetRequiredValue(upstream)),
                KeyPaths = [.. (parse.GetValue(keys) ?? []).SelectMany(one => one.Split(':', StringSplitOptions.RemoveEmptyEntries)).Select(one => Path.GetFullPath(one))],
                Alias = parse.GetValue(name),
                User = parse.GetValue(owner),
                StorageFolder = parse.GetValue(storage) ?? FolderOf(parse.GetValue(definition)),
                OwnUrl = parse.GetValue(url),
                Group = parse.GetValue(group),
                CollectsAfterSnapshot = parse.GetResult(gc) is { Implicit: false } ? parse.GetValue(gc) : null,
                IsPassThrough = parse.GetValue(passThrough),
                Workers = parse.GetValue(workers),
            };
            if (wanted.KeyPaths.FirstOrDefault(path => !Path.Exists(path)) is { } missing) throw CliException.Usage($"the key {missing} does not exist.");
            var report = await AddAsync(new ReplicaInstaller(places.Options(parse, host), host.Clock), wanted, parse.GetValue(update), parse.GetValue(dryRun), cancellationToken);
            if (parse.GetValue(json)) await WriteAsync(host, report, cancellationToken);
            await host.Error.WriteLineAsync($"{report.Alias}: {SafeText.ForTerminal(report.Message)}");
            foreach (var difference in report.Differences) await host.Error.WriteLineAsync($"  {SafeText.ForTerminal(difference.ToString())}");
            foreach (string warning in report.Warnings) await host.Error.WriteLineAsync($"  warning: {SafeText.ForTerminal(warning)}");
            if (report.Outcome == ReplicaAddOutcome.Different) await host.Error.WriteLineAsync("  With --update the files are adapted.");
            if (report.Outcome == ReplicaAddOutcome.Added && !parse.GetValue(dryRun)) await host.Error.WriteLineAsync($"  Copy it with: {CvmfsCommandLine.ProgramName} replica snapshot {report.Alias}");
            return ReportOutcomes.ExitCodeOf(report.Outcome);
        });
    }

    private static async Task<ReplicaAddReport> AddAsync(ReplicaInstaller installer, ReplicaDefinition wanted, bool update, bool dryRun, CancellationToken cancellationToken)
    {
        try
        {
            return await installer.AddAsync(wanted, update, dryRun, cancellationToken);
        }
        catch (ArgumentException wrong)
        {
            throw CliException.Usage(wrong.Message);
        }
    }

    // A folder has to be found from wherever the snapshot will run.
    private static string Absolute(string upstream) => upstream.Contains("://", StringComparison.Ordinal) ? upstream : Path.GetFullPath(upstream);

    private static string? FolderOf(string? definition)
    {
        try
        {
            if (definition is null) return null;
            var storage = UpstreamStorage.Parse(definition);
            return storage.IsLocal ? storage.Target : throw CliException.Usage($"-u: storage of the kind {storage.Kind} is not supported, only local.");
        }
        catch (FormatException wrong)
        {
            throw CliException.Usage($"-u: {wrong.Message}");
        }
    }

    private static Task WriteAsync(CliHost host, ReplicaAddReport report, CancellationToken cancellationToken) => JsonOutput.WriteAsync(host, isList: false, json =>
    {
        json.WriteStartObject();
        json.WriteString("alias", report.Alias);
        json.WriteString("repository", report.Repository);
        json.WriteString("outcome", ReportOutcomes.Name(report.Outcome));
        json.WriteNumber("exit_code", ReportOutcomes.ExitCodeOf(report.Outcome));
        json.WriteString("message", report.Message);
        json.WriteStartArray("differences");
        foreach (var difference in report.Differences)
        {
            json.WriteStartObject();
            json.WriteString("name", difference.Name);
            json.WriteString("found", difference.Found);
            json.WriteString("wanted", difference.Wanted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }, cancellationToken);
}
