using System.CommandLine;
using System.CommandLine.Parsing;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Incidents;

namespace Cvmfs.Net.Cli.Monitoring;

/// <summary>The command line of <c>monitor serve</c>.</summary>
internal sealed class MonitorServeOptions
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(5);

    public Argument<ScrapeTarget[]> Hosts { get; } = new("HOST")
    {
        Description = "Servers, where there is neither a fleet file nor a configuration: host, host:port or URL.",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = ServerArguments.Parse,
    };

    public Option<FileSystemInfo> Fleet { get; } = new("--fleet") { Description = "Fleet file, YAML or JSON, or a folder of them: servers, keys, limits, maintenance and who is told.", HelpName = "FILE" };

    public Option<string> Environment { get; } = new("--environment") { Description = "Only this environment of the fleet file. Default: all.", HelpName = "ID" };

    public Option<FileInfo> Configuration { get; } = new("--configuration", "-c") { Description = "Configuration of a status page, instead of a fleet file.", HelpName = "FILE" };

    public Option<string> Listen { get; } = new("--listen") { Description = "Where visitors and Prometheus come; several separated by semicolons. Port 0 takes a free one.", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:8080" };

    public Option<string> Admin { get; } = new("--admin") { Description = "Where administrators come: errors, all environments, and silences to be announced. Default: nowhere.", HelpName = "URL" };

    public Option<FileInfo> Database { get; } = new("--database") { Description = "SQLite file of the history. Default: in memory, gone at the end.", HelpName = "FILE" };

    public Option<TimeSpan?> Interval { get; } = new("--interval") { Description = "Time between looks at a server. Default: the file's, or 2 min.", HelpName = "TIME", CustomParser = ParseInterval };

    public Option<string[]> Keys { get; } = new("--key", "-k") { Description = "Public master key: a file, or a folder of *.pub files; repeatable. Those of the fleet file count anyway.", HelpName = "KEY" };

    public Option<int> Samples { get; } = new("--samples") { Description = "Objects drawn from each root catalog and hashed, every 5 min.", HelpName = "N", DefaultValueFactory = _ => 2 };

    public Option<long> ObjectBudget { get; } = new("--object-budget") { Description = "Bytes of objects fetched from a server in an hour; 0 only asks whether they are there.", HelpName = "SIZE", CustomParser = ParseSize, DefaultValueFactory = _ => 50 << 20 };

    public Option<bool> NoGeo { get; } = new("--no-geo") { Description = "Do not ask the geo API." };

    public Option<string> Vantage { get; } = new("--vantage") { Description = "Name of this prober, in metrics and alerts; its control targets are in the fleet file.", HelpName = "NAME" };

    public Option<AlertRoute[]> Webhooks { get; } = new("--webhook")
    {
        Description = "Receiver of alerts as JSON, of a severity (info, ticket, page) and above; repeatable. Those of the fleet file come in addition.",
        HelpName = "[SEVERITY=]URL",
        CustomParser = ParseWebhooks,
    };

    public Option<Uri> MailServer { get; } = new("--mail-server")
    {
        Description = "Where mail for receivers of the fleet file is handed in, by SMTP without encryption or password.",
        HelpName = "HOST[:PORT]",
        DefaultValueFactory = _ => new Uri("smtp://localhost:25"),
        CustomParser = ParseMailServer,
    };

    public Option<FileInfo> Silences { get; } = new("--silences") { Description = "Planned work as a JSON list of {from, to, servers, repositories, text}; read when it changes.", HelpName = "FILE" };

    public Option<FileInfo> ServermonFile { get; } = new("--servermon-config") { Description = "servermon's configuration file; servers of the fleet are known by their ids without it.", HelpName = "FILE" };

    public Option<DirectoryInfo> ServermonStorage { get; } = new("--servermon-storage") { Description = "Folder of this machine whose volume servermon's test \"storage\" of \"local\" looks at. Default: none.", HelpName = "DIR" };

    public Option<bool> AllowAnyTarget { get; } = new("--allow-any-target") { Description = "Let /probe ask any server. Whoever reaches the port can then look around in this network." };

    public Option<bool> ShowPrivate { get; } = new("--private") { Description = "Show errors and administrators on the page." };

    public Option<bool> Once { get; } = new("--once") { Description = "One look at every server, one round, alerts, and the end." };

    /// <summary>Puts everything on the command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(Hosts);
        foreach (var option in (Option[])[Fleet, Environment, Configuration, Listen, Admin, Database, Interval, Keys, Samples, ObjectBudget, NoGeo, Vantage, Webhooks, MailServer, Silences, ServermonFile, ServermonStorage, AllowAnyTarget, ShowPrivate, Once])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            int sources = (result.GetResult(Fleet) is null ? 0 : 1) + (result.GetResult(Configuration) is null ? 0 : 1) + (result.GetResult(Hosts) is null or { Tokens.Count: 0 } ? 0 : 1);
            if (sources != 1) result.AddError("Give one of --fleet, --configuration and hosts.");
            if (result.GetResult(Environment) is not null && result.GetResult(Fleet) is null) result.AddError("--environment belongs to --fleet.");
            if (result.GetValue(Samples) is < 0 or > 1000) result.AddError("--samples: expected 0 to 1000.");
        });
    }

    private static TimeSpan? ParseInterval(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (DurationText.TryParse(text, out var interval) && interval >= s_shortest) return interval;
        result.AddError($"--interval: \"{text}\" is no time such as 90s or 2m, of {s_shortest.TotalSeconds} s or more.");
        return null;
    }

    private static long ParseSize(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (ByteSize.TryParse(text, out long bytes)) return bytes;
        result.AddError($"--object-budget: \"{text}\" is no size such as 50MiB or 1000000.");
        return 0;
    }

    private static AlertRoute[] ParseWebhooks(ArgumentResult result)
    {
        var routes = new List<AlertRoute>();
        foreach (var token in result.Tokens)
        {
            if (AlertRoutes.Parse(token.Value) is { } route) routes.Add(route);
            else result.AddError("--webhook: expected a URL, or info=, ticket= or page= and a URL."); // without the text, which may be a secret
        }

        return [.. routes];
    }

    private static Uri? ParseMailServer(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (ScrapeTarget.Explain(text) is null && Uri.TryCreate("smtp://" + text, UriKind.Absolute, out var server) && server.PathAndQuery is "/" or "") return server;
        result.AddError($"--mail-server: \"{text}\" is no host or host:port.");
        return null;
    }
}
