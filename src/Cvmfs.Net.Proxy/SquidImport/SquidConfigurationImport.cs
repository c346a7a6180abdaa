// SquidImport/ makes settings of this proxy of a squid.conf, and says of each line what became of it.
//
//   squid.conf, include ─► SquidDirective ─┬─ acl ─► SquidLists ◄─ http_access ─► SquidAccess ─► clients, servers
//                                          └─ the rest ─► sizes, folders, log, parents        ─► ProxyOptions and one SquidLine each
//
// Must stay true
//   - Nobody gets more than before: what cannot be said here is left out and reported.
using System.Globalization;
using Cvmfs.Net.Proxy.Configuration;

namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>Reads a configuration of squid.</summary>
public sealed class SquidConfigurationImport
{
    private readonly Func<string, string[]?> _lines;
    private readonly SquidLists _lists = new();
    private readonly SquidAccess _access;
    private readonly List<(int Line, string[] Words)> _rules = [];
    private readonly List<SquidLine> _report = [];
    private readonly List<string> _parents = [];
    private readonly List<string> _remarks = [];
    private long _diskBytes;
    private bool _neverDirect;
    private bool _isReverse;

    private SquidConfigurationImport(Func<string, string[]?> lines)
    {
        _lines = lines;
        _access = new SquidAccess(_lists);
    }

    /// <summary>The settings.</summary>
    public ProxyOptions Options { get; } = new();

    /// <summary>What became of each line.</summary>
    public IReadOnlyList<SquidLine> Lines => _report;

    /// <summary>Remarks about the whole.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Reads a file and those that it includes.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Settings and report.</returns>
    /// <exception cref="ProxyConfigurationException">The file cannot be read.</exception>
    public static SquidConfigurationImport Read(string path)
    {
        if (ReadLines(path) is null) throw new ProxyConfigurationException($"{path}: cannot be read.");
        var import = new SquidConfigurationImport(ReadLines);
        foreach (var directive in SquidDirective.ReadAll(path, ReadLines))
        {
            var (verdict, why) = import.Take(directive);
            import._report.Add(new SquidLine(directive.File, directive.Number, directive.Text, verdict, why));
        }

        import.Finish();
        return import;
    }

    private static string[]? ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // said where it was named
        }
    }

    private (SquidVerdict Verdict, string Why) Take(SquidDirective directive)
    {
        var arguments = directive.Arguments;
        string first = arguments.Length > 0 ? arguments[0] : "";
        switch (directive.Name)
        {
            case "acl": return _lists.Take(arguments, _lines);
            case "http_access":
                _rules.Add((_report.Count, arguments.ToArray()));
                return (SquidVerdict.TakenOver, ""); // said when all lists are known
            case "http_port": return Port(first, directive.Words);
            case "cache_peer": return Peer(directive.Words);
            case "never_direct":
                _neverDirect = directive.Words is [_, "allow", "all"];
                return _neverDirect ? (SquidVerdict.TakenOver, "servers are asked through the parents only.") : (SquidVerdict.NotPossible, "parents are used for all requests or for none; see upstream.parents.");
            case "always_direct": return (SquidVerdict.NotPossible, "parents are used for all requests or for none; see upstream.parents.");
            case "cache_dir": return Folder(directive.Words);
            case "cache_mem": return Size(directive.Words, "storage.memoryBytes", value => Options.Storage.MemoryBytes = value);
            case "maximum_object_size_in_memory": return Size(directive.Words, "storage.maxMemoryObjectBytes", value => Options.Storage.MaxMemoryObjectBytes = (int)Math.Clamp(value, 4 << 10, 64 << 20));
            case "access_log" or "cache_access_log": return Log(first, directive.Words);
            case "shutdown_lifetime": return Lifetime(directive.Words);
            case "include": return Include(directive.File, first);
            default:
                return SquidDirectives.Why(directive.Name) is { } reason ? (SquidVerdict.NotNeeded, reason) : (SquidVerdict.NotPossible, "this directive is not known here; look whether docs/proxy.md has something for its purpose.");
        }
    }

    private (SquidVerdict Verdict, string Why) Include(string from, string path)
    {
        var files = SquidDirective.Included(from, path).ToList();
        if (files.Count == 0) return (SquidVerdict.NotNeeded, "there is no such file.");
        return files.TrueForAll(file => _lines(file) is not null)
            ? (SquidVerdict.TakenOver, "its lines follow.")
            : (SquidVerdict.NotPossible, "the file cannot be read; name it on its own, or as root.");
    }

    private (SquidVerdict Verdict, string Why) Port(string place, string[] words)
    {
        if (words.Any(static word => word is "intercept" or "tproxy" or "transparent" or "ssl-bump")) return (SquidVerdict.NotPossible, "connections cannot be intercepted; name the proxy to clients, by script.proxies for example.");
        bool reverse = words.Any(static word => word is "accel" or "vhost" or "accelerator" || word.StartsWith("defaultsite=", StringComparison.Ordinal));
        _isReverse |= reverse;
        int colon = place.LastIndexOf(':');
        string host = colon > 0 ? place[..colon] : "0.0.0.0";
        string url = $"http://{host}:{place[(colon + 1)..]}";
        if (!ListenUrl.IsValid(url)) return (SquidVerdict.NotPossible, $"\"{place}\" is no address and port.");
        Options.Listen.Add(url);
        return (SquidVerdict.TakenOver, $"listen: {url}{(reverse ? ", in front of the servers that cache_peer names" : "")}.");
    }

    private (SquidVerdict Verdict, string Why) Peer(string[] words)
    {
        if (words.Length < 4) return (SquidVerdict.NotPossible, "host, type and port are expected.");
        string url = $"http://{words[1]}:{words[3]}/";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var server)) return (SquidVerdict.NotPossible, $"\"{url}\" is no URL.");
        if (words.Contains("originserver"))
        {
            Options.Upstream.Servers.Add(server);
            return (SquidVerdict.TakenOver, $"upstream.servers: {server}.");
        }

        if (words[2] != "parent") return (SquidVerdict.NotPossible, "siblings must be this program too, and each must know all: upstream.siblings and upstream.self.");
        _parents.Add($"http://{words[1]}:{words[3]}");
        return (SquidVerdict.TakenOver, "upstream.parents.");
    }

    private (SquidVerdict Verdict, string Why) Folder(string[] words)
    {
        if (words.Length < 4 || words[1] is "null" || !long.TryParse(words[3], CultureInfo.InvariantCulture, out long megabytes)) return (SquidVerdict.NotNeeded, "no folder: objects are kept in memory only.");
        string folder = Path.Combine(words[2], "cvmfs-net"); // its own: what squid keeps there has another form
        if (!Options.Storage.Folders.Contains(folder)) Options.Storage.Folders.Add(folder);
        _diskBytes += megabytes << 20;
        return (SquidVerdict.TakenOver, $"storage.folders: {folder}, {megabytes} MiB. The new cache begins empty; squid's files may be deleted.");
    }

    private (SquidVerdict Verdict, string Why) Log(string place, string[] words)
    {
        string path = place[(place.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (place is "none") return (SquidVerdict.TakenOver, "no access log.");
        if (place.Split(':')[0] is "syslog" or "udp" or "tcp" || !path.StartsWith('/')) return (SquidVerdict.NotPossible, "the access log is a file: accessLog.file.");
        if (Options.AccessLog.File.Length > 0) return (SquidVerdict.NotPossible, "there is one access log.");
        Options.AccessLog.File = path;
        Options.AccessLog.Format = words.Any(static word => word.Contains("combined", StringComparison.Ordinal)) ? AccessLogFormat.Combined : AccessLogFormat.Squid;
        return (SquidVerdict.TakenOver, $"accessLog.file: {path}, as {Options.AccessLog.Format} writes it.");
    }

    private (SquidVerdict Verdict, string Why) Lifetime(string[] words)
    {
        if (words.Length < 2 || !int.TryParse(words[1], CultureInfo.InvariantCulture, out int number)) return (SquidVerdict.NotPossible, "a number is expected.");
        Options.DrainTimeout = TimeSpan.FromSeconds(Math.Clamp(words.Length > 2 && words[2].StartsWith("minute", StringComparison.Ordinal) ? number * 60 : number, 0, 3600));
        return (SquidVerdict.TakenOver, $"drainTimeout: {Options.DrainTimeout.TotalSeconds:0} s; no error pages are sent meanwhile.");
    }

    private static (SquidVerdict Verdict, string Why) Size(string[] words, string setting, Action<long> set)
    {
        if (words.Length < 2 || !double.TryParse(words[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return (SquidVerdict.NotPossible, "a size is expected, its unit apart.");
        string unit = words.Length > 2 ? words[2].ToUpperInvariant() : "";
        long factor = unit switch { "KB" => 1 << 10, "MB" => 1 << 20, "GB" => 1 << 30, _ => 1 }; // squid's are powers of 1024
        long bytes = (long)Math.Min(number * factor, long.MaxValue / 2);
        set(bytes);
        return (SquidVerdict.TakenOver, $"{setting}: {bytes.ToString(CultureInfo.InvariantCulture)}.");
    }

    private void Finish()
    {
        var results = _access.Take([.. _rules.Select(static rule => rule.Words)]);
        for (int i = 0; i < results.Count; i++) _report[_rules[i].Line] = _report[_rules[i].Line] with { Verdict = results[i].Verdict, Explanation = results[i].Why };
        if (_diskBytes > 0) Options.Storage.MaxBytes = Math.Max(_diskBytes, 1 << 20);
        foreach (string client in _access.Clients) Options.Clients.Allowed.Add(client);
        if (_parents.Count > 0) Options.Upstream.Parents = string.Join('|', _parents) + (_neverDirect ? "" : ";DIRECT");
        if (!_access.AllowsAnybody)
        {
            Options.Clients.Allowed.Add("127.0.0.1/32");
            _remarks.Add("No rule that lets clients in could be taken over: only this machine may ask, until clients.allowed says more.");
        }

        if (_isReverse)
        {
            if (Options.Upstream.Servers.Count == 0) _remarks.Add("A reverse proxy without a server: name it in upstream.servers.");
            return; // requests that name a server stay refused
        }

        if (_access.Destinations is { } destinations)
        {
            foreach (string destination in destinations) Options.Upstream.AllowedDestinations.Add(destination);
        }
        else if (_access.AllowsAnybody)
        {
            _remarks.Add("Squid let clients ask any server. This proxy never does: nothing is served until upstream.allowedDestinations names the servers, those of CVMFS_SERVER_URL in the clients' configuration.");
        }
    }
}
