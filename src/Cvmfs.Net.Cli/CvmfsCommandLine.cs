using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Cvmfs.Net.Cli.Commands;

namespace Cvmfs.Net.Cli;

// The program: one command tree, one place where endings become exit codes.
//
//   args ─► CvmfsCommandLine ─► Commands/<Noun><Verb>Command ─► library
//                │                         │ data on Output, the rest on Error
//                └── exception ─► ExitCodes, one line and a hint on Error
//
// Must stay true
//   - Commands hold no logic of the field: they parse, call the library and print.
//   - Nothing is built that the called command does not need: start-up time is a budget.
internal static class CvmfsCommandLine
{
    public const string ProgramName = "cvmfs-net";

    /// <summary>Runs one command line and returns the exit code. Never throws.</summary>
    public static async Task<int> RunAsync(string[] args, CliHost host)
    {
        var root = Create(host);
        var parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction || FindUnknownOption(parsed) is not null) return await ReportUsageAsync(parsed, host).ConfigureAwait(false);
        using var output = host.OpenText();
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // signals are ours, see Interruption
        };
        try
        {
            return await parsed.InvokeAsync(configuration, host.Interruption.Drain).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            int code = ExitCodes.Of(exception);
            if (code == ExitCodes.Interrupted && !host.Interruption.IsRequested) code = ExitCodes.Failed;
            else if (code == ExitCodes.Interrupted) code = host.Interruption.ExitCode;
            await ErrorReport.WriteAsync(host.Error, exception, code).ConfigureAwait(false);
            return code;
        }
    }

    /// <summary>The whole tree of commands.</summary>
    public static RootCommand Create(CliHost host)
    {
        var root = new RootCommand("Reads, replicates, serves, publishes and watches CernVM-FS repositories.")
        {
            RepoCommand.Create(host),
            ReplicaCommand.Create(host),
            PublishCommand.Create(host),
            ServeCommand.Create(host),
            GeoCommand.Create(host),
            ProxyCommand.Create(host),
            MonitorCommand.Create(host),
            FleetCommand.Create(host),
            DemoCommand.Create(host),
            CompletionCommand.Create(host),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static async Task<int> ReportUsageAsync(ParseResult parsed, CliHost host)
    {
        string[] unknown = FindUnknownOption(parsed) is { } option ? [$"Unrecognized option '{option}'."] : [];
        foreach (string message in parsed.Errors.Select(error => error.Message).Concat(unknown).Distinct())
        {
            await host.Error.WriteLineAsync($"{ProgramName}: {message}").ConfigureAwait(false);
        }

        await host.Error.WriteLineAsync($"Try: {PathOf(parsed.CommandResult.Command)} --help").ConfigureAwait(false);
        return ExitCodes.Usage;
    }

    /// <summary>An option that nobody knows would otherwise be taken for an argument, such as a path. Behind <c>--</c> it is one.</summary>
    private static string? FindUnknownOption(ParseResult parsed)
        => parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)
            ? null
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Select(token => token.Value)
                .FirstOrDefault(value => value.Length > 1 && value[0] == '-');

    private static string PathOf(Command command)
    {
        var names = new Stack<string>();
        for (var at = command; at is not null and not RootCommand; at = at.Parents.OfType<Command>().FirstOrDefault()) names.Push(at.Name);
        return string.Join(' ', names.Prepend(ProgramName));
    }
}
