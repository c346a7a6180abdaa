using System.CommandLine.Parsing;
using Cvmfs.Net.Monitoring;

namespace Cvmfs.Net.Cli.Monitoring;

/// <summary>Servers on a command line.</summary>
internal static class ServerArguments
{
    /// <summary>Reads hosts, hosts with ports, and URLs; says of each other text what is wrong with it.</summary>
    public static ScrapeTarget[] Parse(ArgumentResult result)
    {
        var targets = new List<ScrapeTarget>();
        foreach (var token in result.Tokens)
        {
            if (ScrapeTarget.TryParse(token.Value, out var target)) targets.Add(target);
            else result.AddError($"\"{token.Value}\" is no server: {ScrapeTarget.Explain(token.Value)}.");
        }

        return [.. targets];
    }
}
