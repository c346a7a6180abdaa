using Cvmfs.Net.Replication.Publishing;

namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>The common log of a command that takes all replicas of a host, with the frames of the reference's, for scripts that look for them.</summary>
/// <remarks>A frame is one write to the end of the file: those of several processes are never mixed.</remarks>
public sealed class RoundLog
{
    private readonly string _command;

    /// <summary>Names the log; touches nothing.</summary>
    /// <param name="folder">Folder of the logs; the reference's is <c>/var/log/cvmfs</c>.</param>
    /// <param name="fileName">The file in it.</param>
    /// <param name="command">The command, as the reference's lines about failures name it, such as <c>gc</c>.</param>
    public RoundLog(string folder, string fileName, string command)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        ArgumentException.ThrowIfNullOrEmpty(command);
        (FilePath, _command) = (Path.Combine(folder, fileName), command);
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>Makes folder and file where they are missing: what cannot be logged is better not begun.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task OpenAsync(CancellationToken cancellationToken = default)
    {
        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(FilePath))!);
        return ClassicLog.AppendAsync(FilePath, "", cancellationToken);
    }

    /// <summary>Appends what was done to one replica.</summary>
    /// <param name="alias">The replica.</param>
    /// <param name="started">When it began.</param>
    /// <param name="lines">What happened.</param>
    /// <param name="succeeded">Whether it went well.</param>
    /// <param name="finished">When it ended.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task AppendAsync(string alias, DateTimeOffset started, IEnumerable<string> lines, bool succeeded, DateTimeOffset finished, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(alias);
        ArgumentNullException.ThrowIfNull(lines);
        return ClassicLog.AppendAsync(FilePath, ClassicLog.Frame(alias, _command, started, lines, succeeded, finished), cancellationToken);
    }

    internal static void CreateFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: not writable.", e);
        }
    }
}
