namespace Cvmfs.Net.Replication.Filtering;

/// <summary>A path filter makes no sense.</summary>
public sealed class PathFilterException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="document">The filter's file, or what stands for it.</param>
    /// <param name="line">Line of the rule, from 1.</param>
    /// <param name="message">What was found and what was expected.</param>
    public PathFilterException(string document, int line, string message) : base($"{document}, line {line}: {message}")
        => (Document, Line) = (document, line);

    /// <summary>The filter's file, or what stands for it.</summary>
    public string Document { get; }

    /// <summary>Line of the rule, from 1.</summary>
    public int Line { get; }
}
