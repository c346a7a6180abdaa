namespace Cvmfs.Net.Catalogs;

/// <summary>What a catalog entry is, decided by the type bits of its mode.</summary>
public enum EntryKind
{
    /// <summary>A regular file, chunked and external ones included.</summary>
    File,

    /// <summary>A directory, mountpoints of nested catalogs included.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,
}
