using System.Collections;
using System.Text;

namespace Cvmfs.Net.Cli;

/// <summary>What a command takes from the process that runs it. Tests bring their own, so that commands run side by side in one process.</summary>
internal sealed class CliHost
{
    /// <summary>Data goes here and nothing else does. Raw, because file content passes through; flushed by the writer.</summary>
    public required Stream Output { get; init; }

    /// <summary>Progress, logs and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person sees <see cref="Output"/>: tables and colours instead of plain columns.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether a person sees <see cref="Error"/>: moving progress instead of a line every 30 s.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Answers to questions; null where nobody is there to be asked.</summary>
    public TextReader? Input { get; init; }

    /// <summary>The environment, for symbolic-link variables and defaults.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public required Interruption Interruption { get; init; }

    public static CliHost OfProcess(Interruption interruption) => new()
    {
        Output = Console.OpenStandardOutput(),
        Error = Console.Error,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Input = Console.IsInputRedirected ? null : Console.In,
        Environment = ReadEnvironment(),
        Interruption = interruption,
    };

    /// <summary>A buffered UTF-8 writer over <see cref="Output"/>; disposing flushes and leaves the stream open.</summary>
    public StreamWriter OpenText() => new(Output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 32 << 10, leaveOpen: true) { NewLine = "\n" };

    private static Dictionary<string, string> ReadEnvironment()
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            result[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return result;
    }
}
