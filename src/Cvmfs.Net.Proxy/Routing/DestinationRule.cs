using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>A server that clients may reach: a host, a host and port, a domain (<c>*.example.org</c>), or a pattern. Immutable.</summary>
internal sealed class DestinationRule
{
    private readonly string _host = "";
    private readonly int _port;
    private readonly Regex? _pattern;

    /// <summary>Reads a rule: plain names are taken literally, everything else is a regular expression over <c>host:port</c>.</summary>
    /// <exception cref="ArgumentException">The text is neither.</exception>
    public DestinationRule(string text)
    {
        string plain = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        if (Authority.TryRead(Encoding.UTF8.GetBytes(plain), out var authority))
        {
            _host = (plain.Length < text.Length ? "." : "") + Authority.NormalHost(authority.Host);
            _port = authority.HasPort ? authority.Port : 0;
            return;
        }

        // Anchored, so that "example.org" inside a longer name does not match; without backtracking, so that no input is slow.
        _pattern = new Regex($"^(?:{text})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);
    }

    /// <summary>Ports that CernVM-FS servers use; a rule without a port means these.</summary>
    private static ReadOnlySpan<int> UsualPorts => [80, 443, 8000, 8008, 8080, 8081, 8443];

    /// <summary>Whether a text is a rule at all.</summary>
    public static bool IsRule(string text)
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

    /// <summary>Whether a text is a host, or a domain, and a port.</summary>
    public static bool NamesPort(string text)
    {
        string plain = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        return Ascii.IsValid(plain) && Authority.TryRead(Encoding.ASCII.GetBytes(plain), out var authority) && authority.HasPort;
    }

    /// <summary>Whether the rule names this server.</summary>
    /// <param name="host">Host in its normal form.</param>
    /// <param name="port">Port, from 1.</param>
    public bool Matches(ReadOnlySpan<char> host, int port)
    {
        if (_pattern is not null) return MatchesPattern(host, port);
        bool named = _host[0] == '.' ? host.EndsWith(_host, StringComparison.Ordinal) : host.SequenceEqual(_host);
        return named && (_port == 0 ? UsualPorts.Contains(port) : _port == port);
    }

    private bool MatchesPattern(ReadOnlySpan<char> host, int port)
    {
        Span<char> text = stackalloc char[host.Length + 6];
        host.CopyTo(text);
        text[host.Length] = ':';
        port.TryFormat(text[(host.Length + 1)..], out int digits, default, CultureInfo.InvariantCulture);
        return _pattern!.IsMatch(text[..(host.Length + 1 + digits)]);
    }
}
