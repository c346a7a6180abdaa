using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Cli;

/// <summary>What commands that listen have in common: a bare Kestrel, warnings on Error, and an end at the interrupt.</summary>
internal static class WebProgram
{
    /// <summary>A builder without configuration files or environment: the command line says everything.</summary>
    public static WebApplicationBuilder CreateBuilder(CliHost host, string urls)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls(urls);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(host.Clock);
        var inherited = InheritedSockets.Of(InheritedSockets.Descriptors(Environment.GetEnvironmentVariable, Environment.ProcessId));
        builder.Services.AddSingleton(inherited);
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = inherited.Bind);
        builder.Logging.AddProvider(new TextWriterLoggerProvider(host.Error, LogLevel.Warning, host.Clock));
        return builder;
    }

    /// <summary>Runs until the first interrupt, then finishes what is being sent, unless interrupted again.</summary>
    /// <param name="app">The program; the caller disposes it.</param>
    /// <param name="host">Where the interrupt comes from.</param>
    /// <param name="describe">Says to a person what is served at an address.</param>
    public static async Task RunAsync(WebApplication app, CliHost host, Func<string, string> describe)
    {
        await app.StartAsync(host.Interruption.Drain);
        foreach (string address in app.Urls) await host.Error.WriteLineAsync(describe(address));
        foreach (string address in app.Services.GetRequiredService<InheritedSockets>().Unused)
            await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: a socket at {address} was handed over, and nothing listens there: its clients wait in vain.");
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = host.Interruption.Drain.Register(interrupted.SetResult);
        await interrupted.Task;
        await app.StopAsync(host.Interruption.Stop);
    }
}
