using System.CommandLine;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>--proxy</c> of every command that fetches.</summary>
internal static class ProxyOption
{
    /// <summary>Makes the option, which refuses what is no list of proxies.</summary>
    public static Option<string?> Create()
    {
        var proxy = new Option<string?>("--proxy")
        {
            Description = "Proxies, as in CVMFS_HTTP_PROXY: A|B;C;DIRECT tries A or B, then C, then none. The environment's are not used.",
            HelpName = "LIST",
        };
        proxy.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<string?>() is { } list && !ClientProxyList.TryParse(list, out _, out string? error)) result.AddError($"--proxy: {error}");
        });
        return proxy;
    }
}
