using System.CommandLine;

namespace Cvmfs.Net.Cli;

/// <summary>A command that brings its examples for <c>--help</c>.</summary>
internal sealed class CliCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Complete lines to copy, without the program's name.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Shown by <c>--help</c> below the examples; empty for nothing.</summary>
    public string Notes { get; set; } = "";

    /// <summary>Sets what the command does. The token is cancelled by the first interrupt; commands that drain take the host's own.</summary>
    public CliCommand Runs(Func<ParseResult, CancellationToken, Task<int>> action)
    {
        SetAction(action);
        return this;
    }
}
