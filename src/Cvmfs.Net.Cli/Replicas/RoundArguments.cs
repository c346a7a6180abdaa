using System.CommandLine;
using Cvmfs.Net.Replication.Scheduling;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>What commands take with <c>--all</c>, as cron starts them: where the log goes, and what they return.</summary>
/// <param name="logName">File of the log.</param>
/// <param name="command">The command, as the reference names it in the log.</param>
internal sealed class RoundArguments(string logName, string command)
{
    public Option<bool> Strict { get; } = new("--strict") { Description = "With --all: return the first failure's code." };

    public Option<string> Logs { get; } = new("--log-dir") { Description = $"With --all: folder of {logName}; empty for no log.", HelpName = "DIR", DefaultValueFactory = _ => "/var/log/cvmfs" };

    public void AddTo(Command command, Option<bool> all)
    {
        command.Options.Add(Strict);
        command.Options.Add(Logs);
        command.Validators.Add(result =>
        {
            if (!result.GetValue(all) && result.GetResult(Strict) is { Implicit: false }) result.AddError($"{Strict.Name} belongs to --all.");
        });
    }

    /// <summary>Folder of the logs; null for none.</summary>
    public string? FolderOf(ParseResult parse) => parse.GetRequiredValue(Logs) is { Length: > 0 } folder ? folder : null;

    /// <summary>The log, ready to be written; null for none.</summary>
    public async Task<RoundLog?> OpenLogAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (FolderOf(parse) is not { } folder) return null;
        var log = new RoundLog(folder, logName, command);
        await log.OpenAsync(cancellationToken);
        return log;
    }

    /// <summary>What the run returns: nothing but 0 that cron would take for news, unless it is asked for.</summary>
    public int ExitCodeOf(ParseResult parse, int firstFailure) => parse.GetValue(Strict) ? firstFailure : ExitCodes.Done;
}
