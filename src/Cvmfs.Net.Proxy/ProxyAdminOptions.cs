using System.Net;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy;

/// <summary>The listener for those who run the proxy: metrics, status, health, removal of objects. Never the port of the clients.</summary>
public sealed class ProxyAdminOptions
{
    /// <summary>Where to listen, such as <c>http://127.0.0.1:3129</c>. Empty, the default: nowhere.</summary>
    public string Listen { get; set; } = "";

    /// <summary>Networks (CIDR) or addresses that may ask there, beside this machine. Empty, the default: none.</summary>
    public IList<string> Allowed { get; } = [];

    /// <summary>Names of the metrics.</summary>
    public MetricsFormat MetricsFormat { get; set; }

    /// <summary>What is wrong with the settings, each as <c>Admin:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
    {
        if (Listen.Length > 0 && !ListenUrl.IsValid(Listen)) yield return $"Admin:Listen: \"{Listen}\" is no URL such as http://127.0.0.1:3129.";
        foreach (string text in Allowed.Where(text => !IPNetwork.TryParse(AccessPolicy.WithPrefix(text), out _)))
        {
            yield return $"Admin:Allowed: \"{text}\" is no address and no network such as 192.168.0.0/16.";
        }
    }
}
