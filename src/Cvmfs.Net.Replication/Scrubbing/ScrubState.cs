using System.Globalization;
using System.Text;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>How far a pass over a storage is, as it is kept in the state folder. Losing it costs time only.</summary>
/// <param name="StartedAt">When the pass began.</param>
/// <param name="NextFolder">The first folder that is not finished; 256 after the last.</param>
/// <param name="Bytes">Bytes hashed in finished folders.</param>
/// <param name="FinishedAt">When the pass ended; null before that.</param>
internal sealed record ScrubState(DateTimeOffset StartedAt, int NextFolder, long Bytes, DateTimeOffset? FinishedAt = null)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "scrub.state";

    private const string Signature = "scrub 1";
    private const int MaxBytes = 1024;

    /// <summary>Reads the state. Null if there is none, or none that anybody can read.</summary>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    public static async Task<ScrubState?> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? text = await FolderOf(folder).ReadAsync(FileName, MaxBytes, cancellationToken).ConfigureAwait(false);
            return text is null ? null : Parse(Encoding.ASCII.GetString(text));
        }
        catch (CvmfsFormatException)
        {
            return null; // too long to be ours
        }
    }

    /// <summary>Writes it in one step.</summary>
    /// <exception cref="IOException">The folder cannot take it.</exception>
    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string finished = FinishedAt is { } at ? Text(at) : "-";
        string text = string.Create(CultureInfo.InvariantCulture, $"{Signature}\n{Text(StartedAt)}\n{NextFolder}\n{Bytes}\n{finished}\n");
        await FolderOf(folder).ReplaceAsync(FileName, Encoding.ASCII.GetBytes(text), cancellationToken).ConfigureAwait(false);
    }

    private static ScrubState? Parse(string text)
    {
        const NumberStyles Plain = NumberStyles.None;
        var culture = CultureInfo.InvariantCulture;
        if (text.Split('\n') is not [Signature, var started, var next, var bytes, var finished, ..]) return null;
        if (!DateTimeOffset.TryParseExact(started, "O", culture, DateTimeStyles.None, out var startedAt)) return null;
        if (!int.TryParse(next, Plain, culture, out int folder) || folder > 256 || !long.TryParse(bytes, Plain, culture, out long count)) return null;
        DateTimeOffset? finishedAt = DateTimeOffset.TryParseExact(finished, "O", culture, DateTimeStyles.None, out var at) ? at : null;
        return new ScrubState(startedAt, folder, count, finishedAt);
    }

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static RootFolder FolderOf(string folder) => new(folder, new RootFolderOptions { TemporaryFolder = folder, Sync = false });
}
