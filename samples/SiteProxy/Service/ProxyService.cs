using System.Runtime.InteropServices;
using Cvmfs.Net.Proxy;
using Cvmfs.Net.Proxy.Configuration;

namespace SiteProxy.Service;

/// <summary>The proxy as a service: everything is in one file.</summary>
internal static class ProxyService
{
    private const PosixSignal UserSignal1 = (PosixSignal)10; // SIGUSR1, by its number on Linux

    /// <summary>Runs until TERM or Ctrl-C.</summary>
    /// <returns>The program's exit code.</returns>
    public static async Task<int> RunAsync(string path)
    {
        try
        {
            var options = Read(path);
            if (ProxyConfigurationFile.CheckStart(path, options) is { Count: > 0 } problems) return Refuse(problems);
            await using var host = await ProxyHost.StartAsync(options, LogLevel.Information);
            using var reload = new ConfigurationReload(path, () => Read(path), host.Proxy, logger: host.Logger);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                reload.Reload();
            });
            using var reopen = OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(UserSignal1, context =>
            {
                context.Cancel = true;
                host.Proxy.ReopenAccessLog();
            }) : null;
            Console.WriteLine($"Proxy at {host.Url}. Clients: CVMFS_HTTP_PROXY={host.Url}. Operators: {host.AdminUrl ?? "nowhere, see admin.listen"}.");
            await host.WaitForEndAsync();
            Console.WriteLine("Stopped.");
            return ExitCodes.Done;
        }
        catch (ProxyConfigurationException wrong)
        {
            return Refuse([wrong.Message]);
        }
        catch (Exception failure) when (failure is IOException or CacheFolderInUseException)
        {
            Console.Error.WriteLine(failure.Message);
            return ExitCodes.Failed;
        }
    }

    private static ProxyOptions Read(string path)
    {
        var options = ProxyConfigurationFile.Read(path);
        if (options.Listen.Count == 0) options.Listen.Add("http://0.0.0.0:3128");
        return options;
    }

    private static int Refuse(IReadOnlyList<string> problems)
    {
        foreach (string problem in problems) Console.Error.WriteLine(problem);
        return ExitCodes.Usage;
    }
}
