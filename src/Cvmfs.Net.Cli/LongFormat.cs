using System.Globalization;
using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Cli;

/// <summary>An entry's attributes as <c>ls -l</c> shows them.</summary>
internal static class LongFormat
{
    /// <summary>Mode, links, owner, group, size and time, in columns.</summary>
    public static string Attributes(CatalogEntry entry, bool storedOwner, int targetBytes)
        => string.Create(CultureInfo.InvariantCulture, $"{Mode(entry)} {entry.LinkCount,3} {(storedOwner ? entry.Uid : 0),5} {(storedOwner ? entry.Gid : 0),5} {Size(entry, targetBytes),12} {Time(entry.MTimeSeconds)}");

    /// <summary>The ten characters of type and permissions.</summary>
    public static string Mode(CatalogEntry entry)
    {
        uint mode = entry.Mode;
        Span<char> text = stackalloc char[10];
        text[0] = entry.Kind switch
        {
            EntryKind.Directory => 'd',
            EntryKind.SymbolicLink => 'l',
            EntryKind.Fifo => 'p',
            EntryKind.Socket => 's',
            EntryKind.CharacterDevice => 'c',
            EntryKind.BlockDevice => 'b',
            _ => '-',
        };
        for (int i = 0; i < 9; i++) text[1 + i] = (mode & (0x100u >> i)) != 0 ? "rwxrwxrwx"[i] : '-';
        Special(text, 3, (mode & 0x800) != 0, 's');
        Special(text, 6, (mode & 0x400) != 0, 's');
        Special(text, 9, (mode & 0x200) != 0, 't');
        return text.ToString();
    }

    /// <summary>UTC to the second; raw seconds beyond what a calendar holds.</summary>
    public static string Time(long seconds)
        => seconds is >= -62_135_596_800 and <= 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : seconds.ToString(CultureInfo.InvariantCulture);

    private static void Special(Span<char> text, int at, bool isSet, char letter)
    {
        if (isSet) text[at] = text[at] == 'x' ? letter : char.ToUpperInvariant(letter);
    }

    private static string Size(CatalogEntry entry, int targetBytes)
    {
        if (entry.Kind == EntryKind.SymbolicLink) return targetBytes.ToString(CultureInfo.InvariantCulture); // as shown, variables replaced
        if (entry.Kind is not (EntryKind.CharacterDevice or EntryKind.BlockDevice)) return entry.Size.ToString(CultureInfo.InvariantCulture);
        // glibc's makedev: 12 low bits and 32 high bits of the major number, 8 and 12 of the minor number.
        ulong device = entry.DeviceNumber;
        ulong major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xffful);
        ulong minor = (device & 0xff) | ((device >> 12) & 0xffffff00);
        return string.Create(CultureInfo.InvariantCulture, $"{major}, {minor}");
    }
}
