using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.RegularExpressions;
using Cvmfs.Net.Proxy.Routing;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Proxy;

/// <summary>What a proxy serves, to whom, and what it keeps.</summary>
/// <remarks>Closed by default: without a destination or an upstream every request is refused, and only machines of the site may ask.</remarks>
public sealed class ProxyOptions
{
    /// <summary>Folder of the object cache; created when missing. Belongs to one running proxy.</summary>
    [Required]
    public string CacheFolder { get; set; } = "";

    /// <summary>Bytes that stored objects may take together. Default 50 GB.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long MaxCacheBytes { get; set; } = 50_000_000_000;

    /// <summary>Networks (CIDR) or addresses that may ask. Empty, the default: loopback, link-local and private networks.</summary>
    public IList<string> AllowedClients { get; } = [];

    /// <summary>Servers that requests may name: <c>host</c>, <c>host:port</c>, <c>*.domain</c>, or a regular expression over
    /// <c>host:port</c>. A rule without a port means the ports CernVM-FS servers use. Empty, the default: none, so no forward proxy.</summary>
    public IList<string> AllowedDestinations { get; } = [];

    /// <summary>Whether a named server may resolve to a private or loopback address. Default false: such a name may be an attack on the inside.</summary>
    public bool AllowPrivateDestinations { get; set; }

    /// <summary>Servers that requests without a server name go to, in this order. Empty, the default: no reverse proxy.</summary>
    public IList<Uri> Upstreams { get; } = [];

    /// <summary>Longest wait for a connection. Default 2 s: a client gives up on a silent proxy after 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for the head of an answer. Default 3 s, so that an error reaches the client before it gives up on the proxy.</summary>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest silence inside a body. Default 15 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest life of a root file. Default 61 s, what servers send for it.</summary>
    public TimeSpan RootFileLifetime { get; set; } = TimeSpan.FromSeconds(61);

    /// <summary>How long past its life a root file stands in while its server fails. Default 10 min; longer would hide a dead server from clients.</summary>
    public TimeSpan StaleIfError { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Largest object that is passed on, in bytes. Default 64 GiB: a limit against endless bodies, not a policy.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long MaxObjectBytes { get; set; } = 64L << 30;

    /// <summary>Connections to one server at a time. Default 64.</summary>
    [Range(1, 4096)]
    public int MaxConnectionsPerServer { get; set; } = 64;

    /// <summary>Documents that change: lifetimes, what may be asked for beside the files of CernVM-FS.</summary>
    public ProxyDocumentOptions Documents { get; } = new();
}

/// <summary>Refuses options that cannot work, before the first request.</summary>
[OptionsValidator]
public sealed partial class ProxyOptionsValidator : IValidateOptions<ProxyOptions>
{
    /// <summary>Refuses options with an unreadable rule, network or upstream, or out of range.</summary>
    /// <exception cref="OptionsValidationException">A setting cannot work.</exception>
    public static void ThrowIfInvalid(ProxyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var ranges = new ProxyOptionsValidator().Validate(null, options);
        string[] failures = [.. ranges.Failures ?? [], .. Rules(options)];
        if (failures.Length > 0) throw new OptionsValidationException(nameof(ProxyOptions), typeof(ProxyOptions), failures);
    }

    private static IEnumerable<string> Rules(ProxyOptions options)
    {
        foreach (var (name, value, least, most) in new[]
        {
            (nameof(options.ConnectTimeout), options.ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
            (nameof(options.FirstByteTimeout), options.FirstByteTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
            (nameof(options.StallTimeout), options.StallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
            (nameof(options.RootFileLifetime), options.RootFileLifetime, TimeSpan.Zero, TimeSpan.FromMinutes(5)),
            (nameof(options.StaleIfError), options.StaleIfError, TimeSpan.Zero, TimeSpan.FromHours(1)),
        })
        {
            if (value < least || value > most) yield return $"{name}: {value} is not between {least} and {most}.";
        }

        foreach (string client in options.AllowedClients.Where(text => !IPNetwork.TryParse(AccessPolicy.WithPrefix(text), out _)))
        {
            yield return $"{nameof(options.AllowedClients)}: \"{client}\" is no address and no network such as 192.168.0.0/16.";
        }

        foreach (string destination in options.AllowedDestinations.Where(text => !IsRule(text)))
        {
            yield return $"{nameof(options.AllowedDestinations)}: \"{destination}\" is no host, no host:port and no pattern.";
        }

        foreach (string destination in options.Documents.ExternalDestinations.Where(text => !IsRule(text)))
        {
            yield return $"Documents:{nameof(options.Documents.ExternalDestinations)}: \"{destination}\" is no host, no host:port and no pattern.";
        }

        foreach (var upstream in options.Upstreams.Where(url => !url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.UserInfo.Length > 0))
        {
            yield return $"{nameof(options.Upstreams)}: \"{upstream}\" is no http or https URL of a server.";
        }
    }

    private static bool IsRule(string text)
    {
        try
        {
            return new DestinationRule(text) is not null;
        }
        catch (RegexParseException)
        {
            return false;
        }
        catch (NotSupportedException) // a pattern that needs backtracking
        {
            return false;
        }
    }
}
