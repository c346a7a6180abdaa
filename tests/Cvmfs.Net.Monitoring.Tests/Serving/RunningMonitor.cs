using Cvmfs.Net.Monitoring.Servermon;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.Web;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

/// <summary>A monitor before one healthy server and one that is away, with its web server on loopback.</summary>
internal sealed class RunningMonitor : IAsyncDisposable
{
    public const string Away = "127.0.0.1:1";

    private readonly BuiltRepository _repository;
    private readonly FakeFleet _servers = new();
    private readonly List<WebApplication> _apps = [];
    private ServermonApi? _servermon;
    private MonitorWeb? _web;

    private RunningMonitor(BuiltRepository repository) => _repository = repository;

    public FleetMonitor Monitor { get; private set; } = null!;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false }); // a test beside this one sets the variables for proxies

    public string Url { get; private set; } = "";

    public string AdminUrl { get; private set; } = "";

    public FakeClock Clock => _repository.Clock;

    /// <summary>Name of the healthy server.</summary>
    public string Well { get; private set; } = "";

    public static async Task<RunningMonitor> StartAsync(
        Func<MonitoredFleet, MonitoredFleet>? change = null, Func<MonitorOptions, MonitorOptions>? options = null, bool allowAnyTarget = false, Func<Microsoft.AspNetCore.Http.HttpContext, Task<bool>>? fault = null)
    {
        var repository = await ScrapeKit.BuildAsync();
        var running = new RunningMonitor(repository);
        var target = await running._servers.AddAsync(repository.ServerRoot, fault is null ? FakeFleet.Lists() : FakeFleet.Either(fault, FakeFleet.Lists()));
        running.Well = target.Name;
        var fleet = MonitoredFleet.Of([target with { Role = ServerRole.Stratum1 }, ScrapeTarget.Parse(Away) with { Role = ServerRole.Stratum1 }], title: "Example");
        var monitoring = new MonitorOptions { Scraping = ScrapeKit.Options(repository) with { ProbeNetwork = false, SamplesPerRepository = 2, ServerTimeout = TimeSpan.FromDays(1), RequestTimeout = TimeSpan.FromDays(1), ConnectTimeout = TimeSpan.FromDays(1) } };
        running.Monitor = new FleetMonitor(change?.Invoke(fleet) ?? fleet, options?.Invoke(monitoring) ?? monitoring);
        running._servermon = new ServermonApi(new ServermonOptions { Fleet = () => new ServermonFleet { Aliases = new Dictionary<string, Uri> { ["s1"] = target.BaseUrl } }, Scraping = monitoring.Scraping });
        running._web = new MonitorWeb(running.Monitor, new MonitorWebOptions { AllowAnyTarget = allowAnyTarget, Servermon = running._servermon });
        running.Url = await running.ListenAsync(isAdmin: false);
        running.AdminUrl = await running.ListenAsync(isAdmin: true);
        return running;
    }

    public async Task<(int Status, string Body)> GetAsync(string path, bool isAdmin = false)
    {
        using var response = await Client.GetAsync((isAdmin ? AdminUrl : Url) + path, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
        Client.Dispose();
        _web?.Dispose();
        _servermon?.Dispose();
        Monitor?.Dispose();
        await _servers.DisposeAsync();
        _repository.Dispose();
    }

    private async Task<string> ListenAsync(bool isAdmin)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        _web!.Run(app, isAdmin);
        await app.StartAsync();
        _apps.Add(app);
        return app.Urls.Single();
    }
}
