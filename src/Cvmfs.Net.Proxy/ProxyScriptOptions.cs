namespace Cvmfs.Net.Proxy;

/// <summary>The script that tells clients which proxies there are, served as <c>/proxy.pac</c> and <c>/wpad.dat</c>.</summary>
public sealed class ProxyScriptOptions
{
    /// <summary>Proxies as <c>host:port</c>; clients begin at different ones. Empty, the default: no script is served.</summary>
    public IList<string> Proxies { get; } = [];

    /// <summary>Whether clients may go without a proxy when none answers. Default false: that would spare nobody the load.</summary>
    public bool AllowDirect { get; set; }

    /// <summary>What is wrong with the settings, each as <c>Script:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
        => Proxies.Where(text => !Administration.ProxyScript.IsProxy(text)).Select(text => $"Script:Proxies: \"{text}\" is no host:port such as proxy.example.org:3128.");
}
