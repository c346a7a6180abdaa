using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing;

/// <summary>What was to be published cannot be, or the repository is not in a state to be published to. Nothing has become visible.</summary>
public sealed class CvmfsPublishException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="subject">Path in the tree, file or repository that is at fault.</param>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public CvmfsPublishException(string subject, string message, Exception? innerException = null)
        : base($"{subject}: {message}", innerException) => Subject = subject;

    /// <summary>Path in the tree, file or repository that is at fault.</summary>
    public string Subject { get; }

    internal static CvmfsPublishException At(RepositoryPath path, string message) => new(path.ToString(), message);
}
