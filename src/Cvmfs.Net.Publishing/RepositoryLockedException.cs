namespace Cvmfs.Net.Publishing;

/// <summary>Another process is publishing to this repository.</summary>
public sealed class RepositoryLockedException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="innerException">What the file system said.</param>
    public RepositoryLockedException(string path, Exception? innerException = null)
        : base($"{path}: another process is publishing to this repository.", innerException) => Path = path;

    /// <summary>The lock's file.</summary>
    public string Path { get; }
}
