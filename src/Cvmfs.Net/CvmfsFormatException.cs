namespace Cvmfs.Net;

/// <summary>Bytes do not have the form that their name promises.</summary>
public sealed class CvmfsFormatException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="document">What was parsed: a file name, an object path or a URL.</param>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="offset">Byte offset of the fault within the document, or null where no single byte is at fault.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public CvmfsFormatException(string document, string message, long? offset = null, Exception? innerException = null)
        : base(offset is { } at ? $"{document}, byte {at}: {message}" : $"{document}: {message}", innerException)
    {
        Document = document;
        Offset = offset;
    }

    /// <summary>What was parsed: a file name, an object path or a URL.</summary>
    public string Document { get; }

    /// <summary>Byte offset of the fault within the document; null where no single byte is at fault.</summary>
    public long? Offset { get; }
}
