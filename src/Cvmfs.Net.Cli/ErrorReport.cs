using Cvmfs.Net.Proxy;
using Cvmfs.Net.Replication.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Cvmfs.Net.Cli;

/// <summary>Says what went wrong in one line and, where there is a way out, which.</summary>
internal static class ErrorReport
{
    public static async Task WriteAsync(TextWriter error, Exception exception, int code)
    {
        if (exception is OperationCanceledException && code > 128)
        {
            await error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: interrupted.").ConfigureAwait(false);
            return;
        }

        string message = SafeText.ForTerminal(exception.Message.ReplaceLineEndings(" "));
        if (code == ExitCodes.Failed && exception is not (CliException or ConfigurationException)) message = $"{exception.GetType().Name}: {message}";
        await error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: {message}").ConfigureAwait(false);
        if (HintFor(exception, code) is { } hint) await error.WriteLineAsync($"  {hint}").ConfigureAwait(false);
    }

    private static string? HintFor(Exception exception, int code) => exception is CliException { Hint: { } hint } ? hint : code switch
    {
        ExitCodes.Storage when exception.InnerException is AddressInUseException => "Another program listens there: end it, or take another address.",
        ExitCodes.UpstreamUnreachable => "Check the address and the network; several sources can be given, joined by commas.",
        ExitCodes.Storage when exception is CacheFolderInUseException => "Stop the other proxy, or give this one a folder of its own.",
        ExitCodes.Storage => "Check free space and permissions of the folder.",
        _ => null,
    };
}
