using System.CommandLine;
using System.Diagnostics;

namespace Cvmfs.Net.Cli.Tests;

/// <summary>What holds for every command.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string> Commands
    {
        get
        {
            using var interruption = new Interruption();
            return [.. Leaves(Create(interruption), "")];
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task Every_command_explains_itself_with_examples(string command)
    {
        var run = await CliRun.RunAsync([.. command.Split(' '), "--help"]);
        Assert.Contains("Examples:\n  cvmfs-net " + command, run.Expect(0).Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task Every_example_is_understood(string command)
    {
        using var interruption = new Interruption();
        var root = Create(interruption);
        var leaf = command.Split(' ').Aggregate((Command)root, (at, name) => at.Subcommands.Single(child => child.Name == name));
        foreach (string example in ((CliCommand)leaf).Examples)
        {
            string[] args = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(example.Split(" > ")[0])];
            // Files of the examples need not exist here; everything else must parse.
            Assert.DoesNotContain(root.Parse(args).Errors, error => !error.Message.Contains("does not exist", StringComparison.Ordinal));
        }

        await Task.CompletedTask;
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _cvmfs_net cvmfs-net")]
    [InlineData("zsh", "#compdef cvmfs-net")]
    [InlineData("fish", "complete -c cvmfs-net")]
    public async Task Prints_completion_scripts(string shell, string expected)
        => Assert.Contains(expected, (await CliRun.RunAsync("completion", shell)).Expect(0).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Suggests_commands_to_the_completion_script()
    {
        var run = await CliRun.RunAsync("[suggest:17]", "cvmfs-net repo ca");
        Assert.Equal(["cat", "catalogs"], run.Expect(0).Lines);
    }

    [Fact]
    public async Task A_real_process_lists_and_fails_with_the_right_numbers()
    {
        using var repository = Testing.TestData.Unpack("empty.example.org");
        Assert.Equal((0, "new_repository\n"), await ProcessAsync("repo", "ls", repository.Path, "-k", repository.PublicKeyPath));
        Assert.Equal((3, ""), await ProcessAsync("repo", "ls", repository.Path));
        Assert.Equal((2, ""), await ProcessAsync("repo", "ls"));
    }

    private static RootCommand Create(Interruption interruption) => CvmfsCommandLine.Create(new CliHost
    {
        Output = Stream.Null,
        Error = TextWriter.Null,
        Environment = new Dictionary<string, string>(),
        Interruption = interruption,
    });

    private static IEnumerable<string> Leaves(Command command, string path)
        => command.Subcommands.Count == 0 ? [path] : command.Subcommands.Where(child => !child.Hidden).SelectMany(child => Leaves(child, (path + " " + child.Name).Trim()));

    private static async Task<(int ExitCode, string Output)> ProcessAsync(params string[] args)
    {
        string program = typeof(CliHost).Assembly.Location;
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } host && host.EndsWith("dotnet", StringComparison.Ordinal) ? host : "dotnet", ["exec", program, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await error;
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
