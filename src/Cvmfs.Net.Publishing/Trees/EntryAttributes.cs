using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Mode, owner and time of an entry.</summary>
/// <param name="Mode">POSIX <c>st_mode</c>, type bits included: they decide what the entry is.</param>
/// <param name="Uid">Numeric owner.</param>
/// <param name="Gid">Numeric group.</param>
/// <param name="MTimeSeconds">Modification time, Unix seconds; may be negative.</param>
/// <param name="MTimeNanoseconds">Nanoseconds within the second, or null not to record any.</param>
public readonly record struct EntryAttributes(uint Mode, uint Uid = 0, uint Gid = 0, long MTimeSeconds = 0, int? MTimeNanoseconds = null)
{
    internal const uint TypeMask = 0xF000;
    internal const uint RegularFile = 0x8000;
    internal const uint Directory = 0x4000;
    internal const uint SymbolicLink = 0xA000;

    /// <summary>What the type bits say.</summary>
    /// <exception cref="ArgumentException">The type bits are none of the seven known kinds.</exception>
    public EntryKind Kind => (Mode & TypeMask) switch
    {
        RegularFile => EntryKind.File,
        Directory => EntryKind.Directory,
        SymbolicLink => EntryKind.SymbolicLink,
        0x1000 => EntryKind.Fifo,
        0xC000 => EntryKind.Socket,
        0x2000 => EntryKind.CharacterDevice,
        0x6000 => EntryKind.BlockDevice,
        _ => throw new ArgumentException($"Mode 0{Convert.ToString(Mode, 8)} has no known type bits."),
    };

    /// <summary>Attributes of a regular file.</summary>
    /// <param name="permissions">Permission bits, without type bits.</param>
    /// <param name="modified">Modification time.</param>
    public static EntryAttributes ForFile(uint permissions, DateTimeOffset modified) => At(RegularFile | permissions, modified);

    /// <summary>Attributes of a directory.</summary>
    /// <param name="permissions">Permission bits, without type bits.</param>
    /// <param name="modified">Modification time.</param>
    public static EntryAttributes ForDirectory(uint permissions, DateTimeOffset modified) => At(Directory | permissions, modified);

    /// <summary>Attributes of a symbolic link, mode 0777.</summary>
    /// <param name="modified">Modification time.</param>
    public static EntryAttributes ForLink(DateTimeOffset modified) => At(SymbolicLink | 0x1FF, modified);

    /// <summary>Attributes with a time that .NET can express (100 ns).</summary>
    public static EntryAttributes At(uint mode, DateTimeOffset modified)
        => new(mode, 0, 0, modified.ToUnixTimeSeconds(), (int)(modified.UtcTicks % TimeSpan.TicksPerSecond) * 100);
}
