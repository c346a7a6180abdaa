using System.Formats.Tar;
using System.IO.Compression;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Takes the database out of the archive that its publisher sends: one folder, named by a date, with licence texts beside it.</summary>
internal static class GeoArchive
{
    private const int MaxEntries = 1000;
    private const int BufferBytes = 128 << 10;

    /// <summary>Writes the database into a folder and returns its path. Names in the archive are compared and never used.</summary>
    /// <exception cref="CvmfsFormatException">It is not in the archive, or too large.</exception>
    /// <exception cref="InvalidDataException">The archive is broken.</exception>
    /// <exception cref="IOException">The archive is cut off, or the folder cannot take it.</exception>
    public static async Task<string> ExtractAsync(string archive, string name, string folder, CancellationToken cancellationToken)
    {
        using var file = File.OpenRead(archive);
        using var plain = new GZipStream(file, CompressionMode.Decompress);
        using var entries = new TarReader(plain);
        long bytes = 0;
        for (int count = 0; count < MaxEntries && await entries.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry; count++)
        {
            // Also what is only passed has to be decompressed.
            if ((bytes += entry.Length) > MaxMindLayout.MaxBytes) throw new CvmfsFormatException(archive, $"{bytes} bytes, expected at most {MaxMindLayout.MaxBytes}.");
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || entry.DataStream is null) continue;
            if (Path.GetFileName(entry.Name) != name) continue;
            string extracted = Path.Combine(folder, "database.mmdb");
            using var target = new FileStream(extracted, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            await entry.DataStream.CopyToAsync(target, BufferBytes, cancellationToken).ConfigureAwait(false);
            return extracted;
        }

        throw new CvmfsFormatException(archive, $"holds no {name}.");
    }
}
