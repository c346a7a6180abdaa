using System.Text;

namespace Cvmfs.Net.Cli;

/// <summary>Names and values in two columns.</summary>
internal sealed class FactList
{
    private readonly List<(string Name, string Value)> _facts = [];

    public void Add(string name, string value) => _facts.Add((name, value));

    public async Task WriteAsync(CliHost host, CancellationToken cancellationToken)
    {
        int width = _facts.Max(fact => fact.Name.Length) + 2;
        var text = new StringBuilder();
        foreach (var (name, value) in _facts) text.Append(name.PadRight(width)).Append(SafeText.ForTerminal(value)).Append('\n');
        await host.Output.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
        await host.Output.FlushAsync(cancellationToken);
    }
}
