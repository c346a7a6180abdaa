// A site's caching proxy. Without arguments it shows itself at work on loopback; with a file it is the service. docs/proxy.md has all settings.
//
//   --config FILE ► Service/  the file ► ProxyOptions ► listeners for clients and for operators; reload, drain
//   nothing       ► Demo/     a repository of its own on a server of its own, the proxy in front, a client: cold, hot, and a damaged object
using SiteProxy;
using SiteProxy.Demo;
using SiteProxy.Service;

return args switch
{
    [] => await Demonstration.RunAsync(once: false),
    ["--once"] => await Demonstration.RunAsync(once: true),
    ["--config", var file] => await ProxyService.RunAsync(file),
    ["--help"] => Say(Console.Out, Usage.Text, ExitCodes.Done),
    _ => Say(Console.Error, Usage.Text, ExitCodes.Usage),
};

static int Say(TextWriter writer, string text, int exitCode)
{
    writer.WriteLine(text);
    return exitCode;
}
