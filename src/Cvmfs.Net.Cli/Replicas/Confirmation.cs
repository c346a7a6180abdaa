namespace Cvmfs.Net.Cli.Replicas;

/// <summary>Asks before something is gone for good.</summary>
internal static class Confirmation
{
    /// <summary>Returns after a yes, or where nobody has to be asked.</summary>
    /// <exception cref="CliException">The answer is no, or nobody can be asked.</exception>
    public static async Task AskAsync(CliHost host, bool isForced, string question, CancellationToken cancellationToken)
    {
        if (isForced) return;
        if (host.Input is null) throw CliException.Usage($"{question} Nobody is there to be asked.", "Give --force to do it without a question.");
        await host.Error.WriteAsync($"{question} [y/N] ");
        string? answer = await host.Input.ReadLineAsync(cancellationToken);
        if (answer?.Trim() is not ("y" or "Y" or "yes")) throw new CliException(ExitCodes.Failed, "nothing was done.");
    }
}
