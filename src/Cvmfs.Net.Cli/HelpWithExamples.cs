using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Cvmfs.Net.Cli;

/// <summary>The ordinary help and, below it, the examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        var examples = Collect(parseResult.CommandResult.Command);
        if (examples.Count == 0) return result;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in examples) output.WriteLine($"  {CvmfsCommandLine.ProgramName} {example}");
        output.WriteLine();
        if (parseResult.CommandResult.Command is CliCommand { Notes.Length: > 0 } noted) output.WriteLine(noted.Notes + Environment.NewLine);
        return result;
    }

    /// <summary>A command's own examples; the first one of each command below where it only groups.</summary>
    private static List<string> Collect(Command command)
    {
        if (command is CliCommand { Examples.Count: > 0 } own) return [.. own.Examples];
        return [.. command.Subcommands.SelectMany(child => Collect(child).Take(1))];
    }
}
