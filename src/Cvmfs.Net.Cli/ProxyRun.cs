using System.Runtime.InteropServices;
using Cvmfs.Net.Proxy;
using Cvmfs.Net.Proxy.Administration;
using Cvmfs.Net.Proxy.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Cli;

/// <summary>A proxy as a program: settings, two listeners, signals, and an end that finishes what is being sent.</summary>
internal static class ProxyRun
{
    private const PosixSignal UserSignal1 = (PosixSignal)10; // SIGUSR1, by its number on Linux

    /// <summary>Runs until interrupted.</summary>
    /// <param name="host">Texts and signals.</param>
    /// <param name="path">Configuration file; null where there is none.</param>
    /// <param name="read">Reads the settings.</param>
    public static async Task<int> RunAsync(CliHost host, string? path, Func<ProxyOptions> read)
    {
        ProxyOptions options;
        try
        {
            options = read();
            if (ProxyConfigurationFile.CheckStart(path, options) is { Count: > 0 } problems) return await RefuseAsync(host, problems);
        }
        catch (ProxyConfigurationException wrong)
        {
            return await RefuseAsync(host, [wrong.Message]);
        }

        var builder = WebProgram.CreateBuilder(host, string.Join(';', options.Listen));
        builder.WebHost.UseCvmfsProxy(options);
        builder.Services.AddCvmfsProxy(options);
        builder.Services.Configure<HostOptions>(services => services.ShutdownTimeout = options.DrainTimeout);
        await using var app = builder.Build();
        app.RunCvmfsProxy();
        var proxy = app.Services.GetRequiredService<ProxyMiddleware>();
        using var reload = path is null ? null : new ConfigurationReload(path, read, proxy, host.Clock, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Cvmfs.Net.Proxy"));
        if (reload is not null) host.Interruption.TakeHangUp(reload.Reload);
        using var reopen = OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(UserSignal1, context => context.Cancel = Reopen(proxy)) : null;
        await using var draining = host.Interruption.Drain.Register(proxy.BeginDrain);
        await using var administration = await ProxyAdministration.StartAsync(proxy);
        foreach (string address in administration?.Urls ?? []) await host.Error.WriteLineAsync($"Operators: {address}/ and {address}/metrics.");
        string kept = options.Storage.Folders.Count == 0 ? "Cache: memory only." : $"Cache: {string.Join(", ", options.Storage.Folders)}.";
        await WebProgram.RunAsync(app, host, address => options.Upstream.Servers.Count == 0
            ? $"Proxy at {address}. Clients: CVMFS_HTTP_PROXY={ForClients(address)}. {kept} Ctrl-C stops."
            : $"Reverse proxy at {address}/cvmfs/<repository>. {kept} Ctrl-C stops.");
        return ExitCodes.Done;
    }

    private static async Task<int> RefuseAsync(CliHost host, IReadOnlyList<string> problems)
    {
        foreach (string problem in problems) await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: {problem}");
        return ExitCodes.Usage;
    }

    // Nobody can connect to "all addresses".
    private static string ForClients(string address)
        => new Uri(address) is { Host: "0.0.0.0" or "[::]" } everywhere ? $"{everywhere.Scheme}://{Environment.MachineName}:{everywhere.Port}" : address;

    private static bool Reopen(ProxyMiddleware proxy)
    {
        proxy.ReopenAccessLog();
        return true;
    }
}
