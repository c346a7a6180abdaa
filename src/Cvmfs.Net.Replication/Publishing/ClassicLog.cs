using System.Text;
using Cvmfs.Net.Documents;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The log that the reference's <c>snapshot -a</c> writes, for scripts that look for its frames. Only ever appended to.</summary>
/// <remarks>Each append is one write to the end of the file, so several processes may share it; a file per replica keeps their lines apart.</remarks>
internal sealed class ClassicLog(string path, string alias)
{
    /// <summary>The command whose log this is.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>Opens the frame.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task StartAsync(DateTimeOffset now, CancellationToken cancellationToken) => AppendAsync(path, Opening(alias, now), cancellationToken);

    /// <summary>Says how it went and closes the frame.</summary>
    /// <param name="report">Null for a run that was cancelled.</param>
    /// <param name="now">The end.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task FinishAsync(SnapshotReport? report, DateTimeOffset now)
        => AppendAsync(path, Closing(alias, Snapshot, [report?.Message ?? "interrupted"], report is { Succeeded: true }, now), CancellationToken.None);

    /// <summary>A whole frame.</summary>
    /// <param name="alias">The replica.</param>
    /// <param name="command">What was done to it: the word that the reference's line about failures has.</param>
    /// <param name="started">When it began.</param>
    /// <param name="lines">What happened.</param>
    /// <param name="succeeded">Whether it went well.</param>
    /// <param name="finished">When it ended.</param>
    public static string Frame(string alias, string command, DateTimeOffset started, IEnumerable<string> lines, bool succeeded, DateTimeOffset finished)
        => Opening(alias, started) + Closing(alias, command, lines, succeeded, finished);

    /// <summary>Appends text in one write, and makes the file where it is missing.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task AppendAsync(string path, string text, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            await using var _ = file.ConfigureAwait(false);
            await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: not writable.", e);
        }
    }

    private static string Opening(string alias, DateTimeOffset now) => $"Starting {alias} at {CvmfsDate.Format(now)}\n";

    private static string Closing(string alias, string command, IEnumerable<string> lines, bool succeeded, DateTimeOffset now)
    {
        var text = new StringBuilder();
        foreach (string line in lines) text.Append(line.ReplaceLineEndings(" ")).Append('\n');
        if (!succeeded) text.Append($"ERROR from cvmfs_server {command}!\n");
        return text.Append($"Finished {alias} at {CvmfsDate.Format(now)}\n").ToString();
    }
}
