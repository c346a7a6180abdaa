using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>Stored or received bytes are not the ones that the object's name promises.</summary>
public sealed class ObjectIntegrityException : CvmfsException
{
    private ObjectIntegrityException(string message, ObjectKey expected, ContentHash? actual, long length, string origin) : base(message)
        => (Expected, Actual, Length, Origin) = (expected, actual, length, origin);

    /// <summary>The object that was asked for.</summary>
    public ObjectKey Expected { get; }

    /// <summary>What the bytes hash to; null where they were too long or too short to be hashed to the end.</summary>
    public ContentHash? Actual { get; }

    /// <summary>Bytes seen.</summary>
    public long Length { get; }

    /// <summary>URL or file that the bytes came from.</summary>
    public string Origin { get; }

    /// <summary>The hash differs.</summary>
    public static ObjectIntegrityException Mismatch(ObjectKey expected, ContentHash actual, long length, string origin)
        => new($"{origin}: {length} bytes hash to {actual}, expected {expected.Hash}.", expected, actual, length, origin);

    /// <summary>More bytes came than an object may have.</summary>
    public static ObjectIntegrityException TooLong(ObjectKey expected, long length, long limit, string origin)
        => new($"{origin}: object {expected} is longer than {limit} bytes ({length} seen).", expected, null, length, origin);

    /// <summary>Fewer bytes came than were announced.</summary>
    public static ObjectIntegrityException TooShort(ObjectKey expected, long length, long announced, string origin)
        => new($"{origin}: object {expected} ended after {length} of {announced} bytes.", expected, null, length, origin);
}
