using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>completion</c>: prints the script that teaches a shell our commands and options.</summary>
internal static class CompletionCommand
{
    // Every script asks the program itself through the [suggest] directive, so it never goes stale.
    private const string Bash = """
        _cvmfs_net() {
            local IFS=$'\n'
            COMPREPLY=($(cvmfs-net "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _cvmfs_net cvmfs-net
        """;

    private const string Zsh = """
        #compdef cvmfs-net
        _cvmfs_net() {
            local -a words_found
            words_found=("${(@f)$(cvmfs-net "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            (( ${#words_found} )) && compadd -a words_found || _files
        }
        compdef _cvmfs_net cvmfs-net
        """;

    private const string Fish = """
        function __cvmfs_net
            cvmfs-net "[suggest:"(commandline -C)"]" (commandline -b) 2>/dev/null
        end
        complete -c cvmfs-net -a '(__cvmfs_net)'
        """;

    public static Command Create(CliHost host)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new CliCommand(
            "completion",
            "Print the completion script of a shell.",
            "completion bash > ~/.local/share/bash-completion/completions/cvmfs-net",
            "completion fish > ~/.config/fish/completions/cvmfs-net.fish")
        {
            shell,
        };
        return command.Runs(async (parse, _) =>
        {
            await using var output = host.OpenText();
            await output.WriteLineAsync(parse.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Done;
        });
    }
}
