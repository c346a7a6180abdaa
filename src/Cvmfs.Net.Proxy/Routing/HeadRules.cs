using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>What the head of a request must keep to beyond what the web server insists on, so that nobody behind can read it differently.</summary>
internal static class HeadRules
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> ControlCharacters = SearchValues.Create([.. Enumerable.Range(0, 32).Where(code => code != '\t').Append(127).Select(code => (char)code)]);

    /// <summary>What is wrong with the fields of a request; null where nothing is.</summary>
    public static string? Fault(IHeaderDictionary fields)
    {
        foreach (var (name, values) in fields)
        {
            if (name.AsSpan().ContainsAnyExcept(TokenCharacters)) return "the name of a field is no token";
            foreach (string? value in values)
            {
                if (value.AsSpan().ContainsAny(ControlCharacters)) return "a field has a control character";
            }
        }

        // A client of HTTP/1.0 may leave it out; the web server knows who must not.
        return fields.Host.Count == 0 || IsAuthority(fields.Host.ToString()) ? null : "the field Host names no host";
    }

    private static bool IsAuthority(string host) => Ascii.IsValid(host) && Authority.TryRead(Encoding.ASCII.GetBytes(host), out _);
}
