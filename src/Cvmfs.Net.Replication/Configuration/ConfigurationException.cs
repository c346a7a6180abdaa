namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A host's configuration cannot be used: a file holds what is not read here, or a setting has no sense.</summary>
public sealed class ConfigurationException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="document">The file.</param>
    /// <param name="line">Line of the file, from 1; 0 where no single line is at fault.</param>
    /// <param name="message">What was found and what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ConfigurationException(string document, int line, string message, Exception? innerException = null)
        : base(line > 0 ? $"{document}, line {line}: {message}" : $"{document}: {message}", innerException)
        => (Document, Line) = (document, line);

    /// <summary>The file.</summary>
    public string Document { get; }

    /// <summary>Line of the file, from 1; 0 where no single line is at fault.</summary>
    public int Line { get; }
}
