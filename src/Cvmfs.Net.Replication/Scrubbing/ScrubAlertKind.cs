namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>What a scrub objects to. The values are the reference's numbers.</summary>
public enum ScrubAlertKind
{
    /// <summary>A regular file directly in <c>data/</c>.</summary>
    FileInDataFolder = 1,

    /// <summary>A symbolic link, anywhere.</summary>
    SymbolicLink = 2,

    /// <summary>A folder inside an object folder.</summary>
    FolderInObjectFolder = 3,

    /// <summary>A name that ends in a capital letter which is no kind of object.</summary>
    UnknownKind = 4,

    /// <summary>A name that is no hash.</summary>
    InvalidName = 5,

    /// <summary>A folder in <c>data/</c> whose name has not two characters.</summary>
    InvalidFolderName = 6,

    /// <summary>Bytes that do not have the hash of their name.</summary>
    WrongContent = 7,
}
