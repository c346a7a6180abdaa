using System.Text;
using Cvmfs.Net.Documents;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The log that the reference's <c>snapshot -a</c> writes, for scripts that look for its frames. Only ever appended to.</summary>
/// <remarks>Each line is one write to the end of the file, so several processes may share it; a file per replica keeps their lines apart.</remarks>
internal sealed class ClassicLog(string path, string alias)
{
    /// <summary>Opens the frame.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task StartAsync(DateTimeOffset now, CancellationToken cancellationToken) => AppendAsync($"Starting {alias} at {CvmfsDate.Format(now)}", cancellationToken);

    /// <summary>Says how it went and closes the frame.</summary>
    /// <param name="report">Null for a run that was cancelled.</param>
    /// <param name="now">The end.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task FinishAsync(SnapshotReport? report, DateTimeOffset now)
    {
        await AppendAsync(report?.Message ?? "interrupted", CancellationToken.None).ConfigureAwait(false);
        if (report is not { Succeeded: true }) await AppendAsync("ERROR from cvmfs_server snapshot!", CancellationToken.None).ConfigureAwait(false);
        await AppendAsync($"Finished {alias} at {CvmfsDate.Format(now)}", CancellationToken.None).ConfigureAwait(false);
    }

    private async Task AppendAsync(string line, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            await using var _ = file.ConfigureAwait(false);
            await file.WriteAsync(Encoding.UTF8.GetBytes(line.ReplaceLineEndings(" ") + "\n"), cancellationToken).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: not writable.", e);
        }
    }
}
