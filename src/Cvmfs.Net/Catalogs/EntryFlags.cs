using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>Column <c>flags</c> of a catalog entry. Bits 8–10 hold the hash algorithm minus one, bits 11–13 the compression id.</summary>
[Flags]
public enum EntryFlags
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>Every directory.</summary>
    Directory = 1,

    /// <summary>In the parent catalog: a directory whose content is in a nested catalog.</summary>
    NestedMountpoint = 2,

    /// <summary>Everything that is no directory: files, links and special files alike.</summary>
    File = 4,

    /// <summary>A symbolic link, together with <see cref="File"/>.</summary>
    SymbolicLink = 8,

    /// <summary>A device, FIFO or socket, together with <see cref="File"/>; since schema revision 5.</summary>
    Special = 16,

    /// <summary>The root entry inside a nested catalog.</summary>
    NestedRoot = 32,

    /// <summary>A file with rows in <c>chunks</c>.</summary>
    Chunked = 64,

    /// <summary>A file whose bytes are outside the object store.</summary>
    External = 128,

    /// <summary>Bits 8–10: hash algorithm minus one.</summary>
    HashAlgorithmMask = 0x700,

    /// <summary>Bits 11–13: compression.</summary>
    CompressionMask = 0x3800,

    /// <summary>A directory whose content is another root catalog.</summary>
    BindMountpoint = 0x4000,

    /// <summary>Reachable by name, left out of listings.</summary>
    Hidden = 0x8000,

    /// <summary>A file that must bypass the page cache.</summary>
    DirectIo = 0x10000,
}

/// <summary>The two numbers inside <see cref="EntryFlags"/>.</summary>
public static class EntryFlagsExtensions
{
    private const int HashShift = 8;
    private const int CompressionShift = 11;

    /// <summary>The algorithm of the entry's hash and chunks. False for the unassigned values 3–7.</summary>
    public static bool TryGetHashAlgorithm(this EntryFlags flags, out HashAlgorithmId algorithm)
    {
        algorithm = (HashAlgorithmId)(((int)(flags & EntryFlags.HashAlgorithmMask) >> HashShift) + 1);
        return algorithm <= HashAlgorithmId.Shake128;
    }

    /// <summary>The compression of the entry's content and chunks; may be an id that nobody has assigned.</summary>
    public static CompressionId GetCompression(this EntryFlags flags)
        => (CompressionId)((int)(flags & EntryFlags.CompressionMask) >> CompressionShift);

    /// <summary>Puts algorithm and compression into flags.</summary>
    public static EntryFlags With(this EntryFlags flags, HashAlgorithmId algorithm, CompressionId compression)
        => (flags & ~(EntryFlags.HashAlgorithmMask | EntryFlags.CompressionMask))
            | (EntryFlags)(((int)algorithm - 1) << HashShift)
            | (EntryFlags)((int)compression << CompressionShift);
}
