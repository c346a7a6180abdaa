namespace Cvmfs.Net.LoadBench;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    public static Arguments Parse(string[] args)
    {
        var arguments = new Arguments();
        for (int i = 0; i + 1 < args.Length; i += 2) arguments._values[args[i].TrimStart('-')] = args[i + 1];
        return arguments;
    }

    public string this[string name] => _values.GetValueOrDefault(name) ?? throw new ArgumentException($"--{name} is missing.");

    public string Get(string name, string fallback) => _values.GetValueOrDefault(name, fallback);

    public int Get(string name, int fallback)
        => _values.TryGetValue(name, out string? text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : fallback;
}
