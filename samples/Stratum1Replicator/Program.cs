// A Stratum 1 in one program: replicate, verify, serve, follow. --help says how to call it.
//
//   command line, appsettings.json ► Stratum1Options
//   ReplicationService: Replicator ► Replica ► folder ◄── MapCvmfs: the web server
//   DemoStratum0: without an upstream, one is made
using Cvmfs.Net.Server;
using Microsoft.Extensions.Options;
using Stratum1Replicator;

if (args.Contains("--help"))
{
    Console.WriteLine(CommandLine.Help);
    return ExitCodes.Done;
}

if (!CommandLine.TryParse(args, out var arguments, out string? error))
{
    Console.Error.WriteLine(error);
    return ExitCodes.Usage;
}

var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddInMemoryCollection(arguments);
builder.Services.AddOptions<Stratum1Options>().Bind(builder.Configuration.GetSection(Stratum1Options.Section)).ValidateOnStart();
builder.Services.AddSingleton<IValidateOptions<Stratum1Options>, Stratum1OptionsValidator>();
builder.Services.AddSingleton<IValidateOptions<Stratum1Options>, Stratum1OptionsRules>();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<StorageFolder>();
builder.Services.AddSingleton<WebAddress>();
builder.Services.AddSingleton<ReplicationService>();
builder.Services.AddHostedService(services => services.GetRequiredService<ReplicationService>());
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10)); // first Ctrl-C drains this long at most
builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsLimits());

try
{
    await using var app = builder.Build();
    app.Urls.Add(app.Services.GetRequiredService<IOptions<Stratum1Options>>().Value.Urls);
    app.MapCvmfs(new CvmfsServerOptions { RootFolder = app.Services.GetRequiredService<StorageFolder>().Path });
    var service = app.Services.GetRequiredService<ReplicationService>();
    if (app.Services.GetRequiredService<IOptions<Stratum1Options>>().Value.HintSecret is { } secret)
    {
        app.MapCvmfsHints(new CvmfsHintOptions { Secrets = [secret] }, (repository, _) => ValueTask.FromResult(service.Hint(repository)));
    }

    await app.RunAsync();
    return service.ExitCode;
}
catch (OptionsValidationException e)
{
    Console.Error.WriteLine(string.Join(Environment.NewLine, e.Failures));
    return ExitCodes.Usage;
}
