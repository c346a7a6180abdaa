using System.Globalization;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>Folders of garbage that was moved aside: their names say since when and until when.</summary>
internal static class QuarantineFolder
{
    /// <summary>The folder of a run.</summary>
    public static string NameOf(DateTimeOffset now, TimeSpan keepFor)
        => string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeSeconds()}-{(now + keepFor).ToUnixTimeSeconds()}");

    /// <summary>Removes what was kept long enough.</summary>
    /// <returns>Objects removed.</returns>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static long RemoveExpired(FileObjectStore files, DateTimeOffset now)
    {
        long removed = 0;
        foreach (string name in files.ListAside())
        {
            if (UntilOf(name) is not { } until || until > now) continue;
            removed += files.EnumerateAside(name).LongCount();
            files.DiscardAside(name);
        }

        return removed;
    }

    /// <summary>Until when a folder is kept; null for a folder that is none of these.</summary>
    public static DateTimeOffset? UntilOf(string name)
        => name.Split('-') is [_, var until] && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds < 1L << 37
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
