using Cvmfs.Net.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cvmfs.Net.LoadBench.Serving;

/// <summary>Our server, as a program would put it together.</summary>
internal static class ServeRun
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(arguments["urls"]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsLimits());
        builder.Services.AddRoutingCore();
        builder.Services.AddCvmfsServer(new CvmfsServerOptions { RootFolder = arguments["root"], UseEventLoops = arguments.Get("loops", "on") == "on" });
        await using var app = builder.Build();
        app.UseRouting();
        app.MapCvmfs();
        await app.StartAsync();
        await app.WaitForShutdownAsync();
        return 0;
    }
}
