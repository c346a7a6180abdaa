using System.Text.RegularExpressions;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>A server that clients may reach: a host, a host and port, a domain (<c>*.example.org</c>), or a pattern.</summary>
internal sealed class DestinationRule
{
    /// <summary>Ports that CernVM-FS servers use; a rule without a port means these.</summary>
    private static readonly int[] UsualPorts = [80, 8000, 8008, 8080, 8081];

    private readonly string _host = "";
    private readonly int _port;
    private readonly Regex? _pattern;

    /// <summary>Reads a rule: plain names are taken literally, everything else is a regular expression over <c>host:port</c>.</summary>
    /// <exception cref="ArgumentException">The text is neither.</exception>
    public DestinationRule(string text)
    {
        string plain = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        if (RequestClassifier.TryReadAuthority(plain, out _host, out int port))
        {
            if (plain.Length < text.Length) _host = "." + _host;
            _port = plain.EndsWith($":{port}", StringComparison.Ordinal) ? port : 0;
            return;
        }

        // Anchored, so that "example.org" inside a longer name does not match; without backtracking, so that no input is slow.
        _pattern = new Regex($"^(?:{text})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);
    }

    /// <summary>Whether the rule names this server.</summary>
    public bool Matches(string host, int port)
    {
        if (_pattern is not null) return _pattern.IsMatch($"{host}:{port}");
        bool named = _host[0] == '.' ? host.EndsWith(_host, StringComparison.Ordinal) : host == _host;
        return named && (_port == 0 ? UsualPorts.Contains(port) : _port == port);
    }
}
