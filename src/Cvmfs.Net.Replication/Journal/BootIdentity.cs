namespace Cvmfs.Net.Replication.Journal;

/// <summary>Tells one boot of the machine from the next.</summary>
internal static class BootIdentity
{
    private const string LinuxFile = "/proc/sys/kernel/random/boot_id";

    // Where there is nothing to read, every process counts as a boot of its own: its predecessor's files are then read once more than needed.
    private static readonly string Unknown = Guid.NewGuid().ToString();

    /// <summary>A text that stays the same until the machine goes down.</summary>
    public static string Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText(LinuxFile).Trim() : Unknown;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unknown;
        }
    }
}
