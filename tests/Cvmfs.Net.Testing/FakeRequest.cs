namespace Cvmfs.Net.Testing;

/// <summary>A request that a <see cref="FakeStratum"/> got.</summary>
/// <param name="Method">GET, HEAD.</param>
/// <param name="RawTarget">The request target as it came over the wire, escapes and all.</param>
/// <param name="Headers">Names in any case.</param>
public sealed record FakeRequest(string Method, string RawTarget, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>A header's value, or null.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;
}
