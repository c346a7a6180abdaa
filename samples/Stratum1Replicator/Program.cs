// A Stratum 1 in one program: replicate, verify, serve, follow, maintain. --help says how to call it, docs/stratum1.md how to run it as a service.
//
//   command line, environment, JSON files, /etc/cvmfs ► Configuration/ ► ReplicaSettings
//   Operation/  ReplicaHost: Replicator ► Replica ► folder ◄── MapCvmfs: the web server
//               MaintenanceService: garbage collection, check, scrub
//   Web/        status, metrics, health
//   Demo/       without an upstream, one is made
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Server;
using Stratum1Replicator;
using Stratum1Replicator.Configuration;
using Stratum1Replicator.Demo;
using Stratum1Replicator.Operation;
using Stratum1Replicator.Web;

if (args.Contains("--help"))
{
    Console.WriteLine(CommandLine.Help);
    return ExitCodes.Done;
}

if (!CommandLine.TryParse(args, out var arguments, out string? configFile, out string? error))
{
    Console.Error.WriteLine(error);
    return ExitCodes.Usage;
}

WebApplicationBuilder builder;
ConfigurationFiles files;
Stratum1Options options;
var settings = new HostSettings([]);
try
{
    builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
    files = new ConfigurationFiles(builder.Configuration, configFile);
    builder.Configuration.AddEnvironmentVariables().AddInMemoryCollection(arguments); // both before the files
    options = files.Read();
    if (options.IsService) settings = await ReplicaSettingsReader.ReadAsync(options, TimeProvider.System, CancellationToken.None);
}
catch (InvalidConfigurationException e)
{
    Console.Error.WriteLine(string.Join(Environment.NewLine, e.Problems));
    return ExitCodes.Usage;
}
catch (Exception e) when (e is ConfigurationException or IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return ExitCodes.Usage;
}

string adminUrls = options.AdminUrls ?? (options.IsService ? "http://127.0.0.1:9180" : "http://127.0.0.1:0");
options.Limits.MaxSnapshots ??= settings.MaxSnapshots;
var services = builder.Services;
services.AddSingleton(options).AddSingleton(options.Limits).AddSingleton(settings).AddSingleton(options.Maintenance).AddSingleton(files);
services.AddSingleton(TimeProvider.System);
services.AddSingleton<WebAddress>().AddSingleton<ConfigurationProblem>();
services.AddSingleton<ReplicaHost>().AddHostedService(provider => provider.GetRequiredService<ReplicaHost>());
services.AddSingleton<DiskWatch>().AddHostedService(provider => provider.GetRequiredService<DiskWatch>());
services.AddSingleton<SystemdNotifier>().AddHostedService(provider => provider.GetRequiredService<SystemdNotifier>());
services.AddSingleton(new PrometheusExposition(["Cvmfs.Net*", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel"]));
services.AddSingleton<ServiceMetrics>().AddSingleton<AdminEndpoints>();
if (options.IsService)
{
    services.AddSingleton<MaintenanceService>().AddHostedService(provider => provider.GetRequiredService<MaintenanceService>());
    services.AddHostedService<ConfigurationService>();
}
else
{
    services.AddSingleton<SingleReplica>().AddHostedService(provider => provider.GetRequiredService<SingleReplica>());
}

services.Configure<HostOptions>(host =>
{
    host.ServicesStopConcurrently = true;
    host.ShutdownTimeout = TimeSpan.FromSeconds(8); // the first TERM or Ctrl-C drains this long at most: the process ends within 10 s
});
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.UseCvmfsLimits();
    WebAddress.Listen(kestrel, options.Urls, adminUrls);
});

using var storage = new StorageFolder(options);
services.AddSingleton(storage);
services.AddCvmfsServer(new CvmfsServerOptions
{
    RootFolder = storage.Path,
    PublishVersions = settings.PublishesVersions,
    ReadThrough = settings.Replicas.Where(replica => replica.Options is { IsPassThrough: true })
        .ToDictionary(replica => replica.Alias, replica => new CvmfsUpstream(replica.Options!.Upstream, IsPassThrough: true)),
    Geo = { DatabaseFile = options.GeoDatabase ?? settings.GeoDatabase },
});

await using var app = builder.Build();
var host = app.Services.GetRequiredService<ReplicaHost>();
app.Services.GetRequiredService<ServiceMetrics>(); // measures from now on
app.Services.GetRequiredService<WebAddress>(); // tells where it listens
app.Services.GetRequiredService<AdminEndpoints>().Map(app);
app.MapCvmfs();
if (options.HintSecret is { } secret)
{
    var hints = app.MapCvmfsHints(new CvmfsHintOptions { Secrets = [secret] }, (repository, _) => ValueTask.FromResult(host.Hint(repository)));
    if (!options.PublicHints) hints.Add(endpoint => endpoint.RequestDelegate = AdminEndpoints.Guard(endpoint.RequestDelegate!));
}

var single = app.Services.GetService<SingleReplica>();
await app.RunAsync();
return single?.ExitCode ?? ExitCodes.Done;
