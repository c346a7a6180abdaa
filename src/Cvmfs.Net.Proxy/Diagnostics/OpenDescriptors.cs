using System.Globalization;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Files and connections that the process has open, as the system tells. Zero where it does not.</summary>
internal static class OpenDescriptors
{
    /// <summary>How many are open.</summary>
    public static long Count() => Directory.Exists("/proc/self/fd") ? Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount() : 0;

    /// <summary>How many may be.</summary>
    public static long Limit()
    {
        if (!File.Exists("/proc/self/limits")) return 0;
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(static text => text.StartsWith("Max open files", StringComparison.Ordinal));
        string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length > 3 && long.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : 0;
    }
}
