namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>A list in a rule of squid, as it holds for the requests that are served here: GET and HEAD of http URLs on usual ports.</summary>
/// <param name="Word">As it is written.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="IsNegated">Whether it stands for all that is not in the list; ports and constants have it worked in.</param>
/// <param name="Values">Networks or servers.</param>
/// <param name="Ports">Usual ports that it stands for.</param>
internal sealed record SquidTerm(string Word, SquidTermKind Kind, bool IsNegated = false, IReadOnlyList<string>? Values = null, IReadOnlyList<int>? Ports = null)
{
    /// <summary>Networks or servers.</summary>
    public IReadOnlyList<string> Values { get; } = Values ?? [];

    /// <summary>Usual ports that it stands for.</summary>
    public IReadOnlyList<int> Ports { get; } = Ports ?? [];
}
