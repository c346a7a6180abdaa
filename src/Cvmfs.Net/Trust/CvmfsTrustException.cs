namespace Cvmfs.Net.Trust;

/// <summary>A manifest, whitelist or certificate cannot be believed.</summary>
public sealed class CvmfsTrustException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="failure">The reason.</param>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public CvmfsTrustException(TrustFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>The reason.</summary>
    public TrustFailure Failure { get; }
}
