using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>What <see cref="ObjectFileHasher"/> made of a file.</summary>
/// <param name="State">Whether there was one to hash.</param>
/// <param name="Hash">Hash of its bytes; the null hash where there were none to hash.</param>
/// <param name="Length">Its bytes.</param>
public readonly record struct HashedFile(HashedFileState State, ContentHash Hash, long Length);

/// <summary>Whether there was a file to hash.</summary>
public enum HashedFileState
{
    /// <summary>There was.</summary>
    Hashed,

    /// <summary>There is none, or none any more.</summary>
    Missing,

    /// <summary>It is a symbolic link, which was not followed.</summary>
    SymbolicLink,
}
