using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Replication.Journal;

/// <summary>The file that says since when a replica holds objects that the disk may not have: written before a run stores the first one, removed once all are flushed.</summary>
/// <remarks>A run that finds the marker of another boot knows that the machine went down in between, and what it must look at twice.</remarks>
/// <param name="BootId">The boot that wrote it; empty for none, when nothing is unflushed and only older doubts are kept.</param>
/// <param name="Since">From when on nothing is flushed.</param>
/// <param name="Suspects">Times of earlier losses whose files were not all looked at.</param>
internal sealed record TransferMarker(string BootId, DateTimeOffset Since, IReadOnlyList<SuspectSpan> Suspects)
{
    /// <summary>Name in the spool folder.</summary>
    public const string FileName = "transfer.marker";

    /// <summary>Longest file that is read.</summary>
    public const int MaxBytes = 4096;

    /// <summary>More times than these are joined: they only make more files be read once.</summary>
    private const int MaxSuspects = 16;

    /// <summary>What the next run starts with, when this marker was found.</summary>
    /// <param name="bootId">The boot of the run.</param>
    /// <param name="now">Its begin.</param>
    public TransferMarker Continue(string bootId, DateTimeOffset now)
    {
        if (BootId.Length == 0) return new TransferMarker(bootId, now, Suspects);
        return BootId == bootId ? this : new TransferMarker(bootId, now, Joined([.. Suspects, new SuspectSpan(Since, now)]));
    }

    /// <summary>The file's content.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"boot {BootId}\nsince {Since.ToUnixTimeMilliseconds()}\n");
        foreach (var span in Suspects) text.Append(CultureInfo.InvariantCulture, $"suspect {span.From.ToUnixTimeMilliseconds()} {span.To.ToUnixTimeMilliseconds()}\n");
        return Encoding.ASCII.GetBytes(text.Append("end\n").ToString());
    }

    /// <summary>Reads the file's content.</summary>
    /// <returns>Null where it makes no sense: then anything may be in doubt.</returns>
    public static TransferMarker? Parse(ReadOnlySpan<byte> content)
    {
        string[] lines = Encoding.ASCII.GetString(content).Split('\n');
        if (lines.Length < 4 || lines[^1].Length > 0 || lines[^2] != "end") return null;
        if (!lines[0].StartsWith("boot ", StringComparison.Ordinal) || !TryReadTimes(lines[1], "since", 1, out var since)) return null;
        var suspects = new List<SuspectSpan>();
        foreach (string line in lines.AsSpan(2, lines.Length - 4))
        {
            if (!TryReadTimes(line, "suspect", 2, out var span)) return null;
            suspects.Add(new SuspectSpan(span[0], span[1]));
        }

        return new TransferMarker(lines[0]["boot ".Length..], since[0], suspects);
    }

    private static List<SuspectSpan> Joined(List<SuspectSpan> spans)
    {
        while (spans.Count > MaxSuspects)
        {
            spans[1] = new SuspectSpan(spans[0].From, spans[1].To);
            spans.RemoveAt(0);
        }

        return spans;
    }

    private static bool TryReadTimes(string line, string word, int count, out DateTimeOffset[] times)
    {
        times = new DateTimeOffset[count];
        string[] parts = line.Split(' ');
        if (parts.Length != count + 1 || parts[0] != word) return false;
        for (int i = 0; i < count; i++)
        {
            if (!long.TryParse(parts[i + 1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long milliseconds)) return false;
            if (milliseconds < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()) return false;
            times[i] = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        return true;
    }
}
