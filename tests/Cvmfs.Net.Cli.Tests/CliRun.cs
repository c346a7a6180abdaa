using System.Text;

namespace Cvmfs.Net.Cli.Tests;

/// <summary>One run of the command line inside the test's process: what it printed, and its exit code.</summary>
internal sealed record CliRun(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<CliRun> RunAsync(params string[] args) => RunAsync(TestEnvironment.Default, args);

    public static async Task<CliRun> RunAsync(TestEnvironment environment, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        using var interruption = new Interruption();
        environment.Started?.Invoke(interruption);
        int code = await CvmfsCommandLine.RunAsync(args, new CliHost
        {
            Output = environment.Output ?? output,
            Error = TextWriter.Synchronized(error),
            Environment = environment.Variables,
            Clock = environment.Clock,
            Interruption = interruption,
        });
        return new CliRun(code, output.ToArray(), error.ToString());
    }

    /// <summary>Fails the test with what was printed, unless the exit code is this one.</summary>
    public CliRun Expect(int exitCode)
    {
        Assert.True(exitCode == ExitCode, $"exit code {ExitCode}, expected {exitCode}\n{Error}\n{Output}");
        return this;
    }
}

/// <summary>What a run sees of its surroundings.</summary>
internal sealed record TestEnvironment
{
    public static TestEnvironment Default { get; } = new();

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Takes standard output instead of <see cref="CliRun.OutputBytes"/>.</summary>
    public Stream? Output { get; init; }

    /// <summary>Called with the signals of the run before it starts.</summary>
    public Action<Interruption>? Started { get; init; }
}
