namespace Cvmfs.Net;

/// <summary>Anything that went wrong with a repository rather than with its caller: bad bytes, broken trust, a lost connection.</summary>
/// <remarks>Misuse of the library (a null argument, a disposed object) is an ordinary CLR exception; cancellation is
/// always <see cref="OperationCanceledException"/>.</remarks>
public abstract class CvmfsException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was found, where, and what was expected.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    protected CvmfsException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
