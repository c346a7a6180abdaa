namespace Cvmfs.Net.Monitoring.StatusPage.Rules;

/// <summary>A rule's expression cannot be read, or has no value.</summary>
public sealed class RuleExpressionException : CvmfsException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="column">Where, the first character being 1.</param>
    public RuleExpressionException(string message, int column) : base($"column {column}: {message}") => Column = column;

    /// <summary>Where in the expression, the first character being 1.</summary>
    public int Column { get; }
}
