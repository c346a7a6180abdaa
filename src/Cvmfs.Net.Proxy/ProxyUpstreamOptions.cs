using System.Net;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Proxy;

/// <summary>Which servers are asked, and how long they may take.</summary>
public sealed class ProxyUpstreamOptions
{
    /// <summary>Servers that requests without a server name go to, in this order. Empty, the default: no reverse proxy.</summary>
    public IList<Uri> Servers { get; } = [];

    /// <summary>In which order equivalent servers are asked: <see cref="Servers"/>, and those of <see cref="Repositories"/> behind the named
    /// one. Default: as they are written.</summary>
    public UpstreamOrder Order { get; set; }

    /// <summary>Servers that have the same objects, by repository (<c>name</c>, <c>*.domain</c> or <c>*</c>), written as in a client's
    /// <c>CVMFS_SERVER_URL</c>: <c>http://host:8000/cvmfs/@fqrn@</c>. When a named server fails or lacks an object, up to two of these are
    /// asked; the hash proves the bytes. Empty, the default: only the named server is asked.</summary>
    public IDictionary<string, IList<string>> Repositories { get; } = new Dictionary<string, IList<string>>(StringComparer.Ordinal);

    /// <summary>Whether manifests, too, may come from another server than the named one. Default false: clients compare servers by them.</summary>
    public bool UnifiedView { get; set; }

    /// <summary>Proxies between this one and the servers, as in a client's <c>CVMFS_HTTP_PROXY</c>: groups separated by semicolons, members by
    /// bars, <c>DIRECT</c>. Empty, the default: none.</summary>
    public string Parents { get; set; } = "";

    /// <summary>Groups behind those, as in <c>CVMFS_FALLBACK_PROXY</c>. Takes <c>DIRECT</c> out of <see cref="Parents"/> where it is not empty.</summary>
    public string FallbackParents { get; set; } = "";

    /// <summary>Whether the hash of an object chooses among the parents of a group. Default false: one parent for everything, until it fails.</summary>
    public bool ShardParents { get; set; }

    /// <summary>After how long a parent or group that failed is tried again, up to 1 day; zero for never. Default 5 min.</summary>
    public TimeSpan ParentResetAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Addresses of one parent's name that are used, 0 to 16; 0, the default, for all.</summary>
    public int MaxAddressesPerParent { get; set; }

    /// <summary>Whether parents with addresses of both families are asked over IPv6. Default false, as clients do.</summary>
    public bool PreferIPv6 { get; set; }

    /// <summary>All proxies that share one large cache, this one included, such as <c>http://10.0.0.1:3128</c>. Each object belongs to one of
    /// them: the others ask it. Clients with <c>CVMFS_PROXY_SHARD</c> find the same owner if the URLs have addresses, as clients see them.
    /// Empty, the default: none.</summary>
    public IList<Uri> Siblings { get; } = [];

    /// <summary>Which of <see cref="Siblings"/> this proxy is.</summary>
    public Uri? Self { get; set; }

    /// <summary>Whether objects that a sibling gave are kept on the own disk as well. Default true; false makes the disks of all one large one, and what is
    /// asked for often comes from the own memory.</summary>
    public bool KeepFromSiblings { get; set; } = true;

    /// <summary>Networks (CIDR) of a content delivery network in front of a reverse proxy: only from there is <c>CF-Connecting-IP</c> believed.
    /// Empty, the default: from nowhere.</summary>
    public IList<string> DeliveryNetworks { get; } = [];

    /// <summary>Servers that requests may name: <c>host</c>, <c>host:port</c>, <c>*.domain</c>, or a regular expression over
    /// <c>host:port</c>. A rule without a port means the ports CernVM-FS servers use. Empty, the default: none, so no forward proxy.</summary>
    public IList<string> AllowedDestinations { get; } = [];

    /// <summary>Whether a named server may resolve to a private or loopback address. Default false: such a name may be an attack on the inside.</summary>
    public bool AllowPrivateDestinations { get; set; }

    /// <summary>Longest wait for a connection, 100 ms to 1 min. Default 2 s: a client gives up on a silent proxy after 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for the head of an answer, 100 ms to 1 min. Default 3 s, so that an error reaches the client before it gives up on the proxy.</summary>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Time for all attempts of one request up to the first byte, 500 ms to 1 min. Default 4 s, below the 5 s of clients.</summary>
    public TimeSpan AnswerBudget { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long the addresses of a name are used before it is looked up again, 5 s to 10 min. Default 1 min; the system's resolver does
    /// not say what the name's owner wants.</summary>
    public TimeSpan NameLifetime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often configured servers, parents and siblings are asked whether they are well, 1 s to 1 h; zero, the default, for never: requests
    /// find out.</summary>
    public TimeSpan ProbeInterval { get; set; }

    /// <summary>What they are asked for then. Any answer below 500 will do.</summary>
    public string ProbePath { get; set; } = "/";

    /// <summary>Longest silence inside a body, 100 ms to 10 min. Default 15 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Largest object that is passed on, in bytes; at least 1 MiB. Default 64 GiB: a limit against endless bodies, not a policy.</summary>
    public long MaxObjectBytes { get; set; } = 64L << 30;

    /// <summary>Connections to one server at a time, 1 to 4096. Default 64.</summary>
    public int MaxConnectionsPerServer { get; set; } = 64;

    /// <summary>What is wrong with the settings, each as <c>Section:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (string failure in OptionRange.Check("Upstream:ConnectTimeout", ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
            .Concat(OptionRange.Check("Upstream:FirstByteTimeout", FirstByteTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)))
            .Concat(OptionRange.Check("Upstream:StallTimeout", StallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)))
            .Concat(OptionRange.Check("Upstream:AnswerBudget", AnswerBudget, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1)))
            .Concat(OptionRange.Check("Upstream:NameLifetime", NameLifetime, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10)))
            .Concat(OptionRange.Check("Upstream:ParentResetAfter", ParentResetAfter, TimeSpan.Zero, TimeSpan.FromDays(1)))
            .Concat(OptionRange.Check("Upstream:MaxAddressesPerParent", MaxAddressesPerParent, 0, 16))
            .Concat(ProbeInterval == TimeSpan.Zero ? [] : OptionRange.Check("Upstream:ProbeInterval", ProbeInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)))
            .Concat(OptionRange.Check("Upstream:MaxObjectBytes", MaxObjectBytes, 1L << 20, long.MaxValue))
            .Concat(OptionRange.Check("Upstream:MaxConnectionsPerServer", MaxConnectionsPerServer, 1, 4096)))
        {
            yield return failure;
        }

        foreach (string destination in AllowedDestinations.Where(text => !DestinationRule.IsRule(text)))
        {
            yield return $"Upstream:AllowedDestinations: \"{destination}\" is no host, no host:port and no pattern.";
        }

        foreach (var server in Servers.Where(url => !url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.UserInfo.Length > 0))
        {
            yield return $"Upstream:Servers: \"{server}\" is no http or https URL of a server.";
        }

        foreach (string failure in ValidateRelations()) yield return failure;
    }

    private IEnumerable<string> ValidateRelations()
    {
        string? parents = null;
        try
        {
            var list = ClientProxyList.Parse(Parents, FallbackParents);
            if (list.Groups.Any(static group => group.Any(static url => url?.StartsWith("http://", StringComparison.OrdinalIgnoreCase) == false))) parents = "parents are asked over http only.";
        }
        catch (CvmfsFormatException unreadable)
        {
            parents = unreadable.Message;
        }

        if (parents is not null) yield return $"Upstream:Parents: {parents}";
        foreach (var (repository, bases) in Repositories)
        {
            foreach (string text in bases.Where(static text => !RepositoryMap.IsBase(text))) yield return $"Upstream:Repositories:{repository}: \"{text}\" is no http or https URL of a server.";
        }

        foreach (var sibling in Siblings.Where(static url => !url.IsAbsoluteUri || url.Scheme != "http" || url.PathAndQuery != "/" || url.UserInfo.Length > 0))
        {
            yield return $"Upstream:Siblings: \"{sibling}\" is no http URL of a proxy.";
        }

        if (Siblings.Count > 0 && (Self is null || !Siblings.Contains(Self))) yield return $"Upstream:Self: \"{Self}\" is none of the siblings.";
        foreach (string network in DeliveryNetworks.Where(static text => !IPNetwork.TryParse(AccessPolicy.WithPrefix(text), out _)))
        {
            yield return $"Upstream:DeliveryNetworks: \"{network}\" is no address and no network such as 192.168.0.0/16.";
        }

        if (!ProbePath.StartsWith('/') || ProbePath.AsSpan().ContainsAnyExceptInRange('!', '~')) yield return $"Upstream:ProbePath: \"{ProbePath}\" is no path.";
    }
}
