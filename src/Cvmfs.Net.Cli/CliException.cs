namespace Cvmfs.Net.Cli;

/// <summary>An ending that the command line explains itself: one line, an exit code and, where there is one, a way out.</summary>
internal sealed class CliException(int exitCode, string message, string? hint = null, Exception? innerException = null) : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>What the user can do about it.</summary>
    public string? Hint { get; } = hint;

    public static CliException Usage(string message, string? hint = null) => new(ExitCodes.Usage, message, hint);
}
