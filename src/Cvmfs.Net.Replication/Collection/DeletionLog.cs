using System.Globalization;
using System.Text;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>The reference's log of deleted objects: only ever appended to, one frame a run. A frame that was not closed belongs to a run that failed.</summary>
/// <remarks>Times are UTC. The reference writes the host's local time, for a slip in its own function; on servers that is mostly the same.</remarks>
internal sealed class DeletionLog : IDisposable
{
    private readonly StreamWriter _writer;

    private DeletionLog(StreamWriter writer) => _writer = writer;

    /// <summary>Opens a frame.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static DeletionLog Begin(string path, DateTimeOffset now)
    {
        try
        {
            var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            var log = new DeletionLog(new StreamWriter(file, new UTF8Encoding(false), bufferSize: 64 << 10) { NewLine = "\n" });
            log.Line($"# Garbage Collection started at {Format(now)}");
            log.Flush();
            return log;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: not writable.", e);
        }
    }

    /// <summary>Adds an object.</summary>
    public void Add(ObjectKey key) => Line(key.ToString());

    /// <summary>Hands over what was added so far.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Flush() => _writer.Flush();

    /// <summary>Closes the frame: the run succeeded.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Finish(DateTimeOffset now)
    {
        Line($"# Garbage Collection finished at {Format(now)}");
        Line("");
        Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Line(string text) => _writer.WriteLine(text);

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("d MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture);
}
