using System.Text;
using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What an entry must be by itself: checks 23, 24, 26 to 28, 30 to 32.</summary>
internal static class EntryChecks
{
    /// <summary>Looks at one entry.</summary>
    /// <param name="row">The entry.</param>
    /// <param name="report">Hears number, message, found, expected.</param>
    public static void Check(in CheckedRow row, Action<int, string, string?, string?> report)
    {
        if (row.Name.IsEmpty) report(23, "entry without a name", null, null);
        else if (!RepositoryPath.IsValidName(row.Name)) report(23, "entry with a name that no path can hold", Encoding.UTF8.GetString(row.Name), null);
        if (row.LinkCount == 0) report(23, "entry without links", "0", "1 or more");
        if (!row.IsFile && !row.IsDirectory && !row.IsLink && !row.IsSpecial) report(23, "entry of unknown type", $"mode {Convert.ToString(row.Mode, 8)}", "a file, directory, link, device, FIFO or socket");

        if (row.IsFile)
        {
            if (row.HasUnknownAlgorithm) report(24, "content hash of an algorithm that is not assigned", $"flags 0x{(int)row.Flags:x}", "algorithm 1 to 3");
            else if (row.HasMalformedHash) report(24, "content hash of a wrong length", null, "20 bytes");
            else if (row.Hash.IsNull && !row.Has(EntryFlags.Chunked)) report(24, "file without content hash", null, null);
        }

        if (row.IsDirectory)
        {
            if (row.HardlinkGroup != 0) report(27, "directory in a hard-link group", $"{row.HardlinkGroup}", "0");
        }
        else if (row.LinkCount > 1 && row.HardlinkGroup == 0)
        {
            report(26, "several links and no hard-link group", $"{row.LinkCount} links", "a group");
        }

        if (row.Has(EntryFlags.DirectIo) && !row.IsFile) report(28, "direct I/O on something that is no regular file", null, null);
        if (row.Has(EntryFlags.External) && !row.IsFile) report(32, "external data of something that is no regular file", null, null);
        if (row.IsLink)
        {
            if (!row.Hash.IsNull || row.HasMalformedHash) report(30, "symbolic link with a content hash", row.Hash.ToString(), null);
            if (row.Size != row.Target.Length) report(30, "symbolic link of a wrong size", $"{row.Size}", $"{row.Target.Length}");
        }

        if (!row.IsSpecial) return;
        if (row.Size != 0 && !row.IsDevice) report(31, "special file with a size", $"{row.Size}", "0"); // of a device, the column holds the device number
        if (!row.Hash.IsNull || row.HasMalformedHash) report(31, "special file with a content hash", row.Hash.ToString(), null);
        if (!row.Target.IsEmpty) report(31, "special file with the target of a link", Encoding.UTF8.GetString(row.Target), null);
    }
}
