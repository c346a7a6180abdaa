using System.Diagnostics.CodeAnalysis;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Variables as files set them, one file after the other. A copy goes its own way: what one replica's files set, no other one sees.</summary>
internal sealed class ShellVariables
{
    private readonly Dictionary<string, ConfigurationValue> _values;

    public ShellVariables() => _values = new Dictionary<string, ConfigurationValue>(StringComparer.Ordinal);

    private ShellVariables(Dictionary<string, ConfigurationValue> values) => _values = new Dictionary<string, ConfigurationValue>(values, StringComparer.Ordinal);

    public IReadOnlyCollection<ConfigurationValue> All => _values.Values;

    /// <summary>Variables that programs inherit.</summary>
    public static ShellVariables OfEnvironment(IReadOnlyDictionary<string, string>? environment)
    {
        var variables = new ShellVariables();
        foreach (var (name, text) in environment ?? new Dictionary<string, string>()) variables.Set(new ConfigurationValue(name, text, ConfigurationValue.Environment, 0));
        return variables;
    }

    public ShellVariables Copy() => new(_values);

    public void Set(ConfigurationValue value) => _values[value.Name] = value;

    public bool TryGet(string name, [NotNullWhen(true)] out ConfigurationValue? value) => _values.TryGetValue(name, out value);
}
