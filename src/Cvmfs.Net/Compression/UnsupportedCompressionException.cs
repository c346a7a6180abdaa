namespace Cvmfs.Net.Compression;

/// <summary>An object was compressed with something that cannot be undone here. It concerns that one object, nothing else;
/// copying its stored bytes still works.</summary>
public sealed class UnsupportedCompressionException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="origin">The object: path, URL or description.</param>
    /// <param name="compression">The id found.</param>
    /// <param name="reason">Why it is not supported.</param>
    public UnsupportedCompressionException(string origin, CompressionId compression, string reason)
        : base($"{origin}: compression {(byte)compression} is not supported, {reason}.")
        => (Origin, Compression) = (origin, compression);

    /// <summary>The object: path, URL or description.</summary>
    public string Origin { get; }

    /// <summary>The id found.</summary>
    public CompressionId Compression { get; }
}
