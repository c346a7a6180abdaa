namespace Cvmfs.Net.Replication.Configuration;

/// <summary>One setting as a file gives it. Immutable.</summary>
/// <param name="Name">The variable, such as <c>CVMFS_STRATUM0</c>.</param>
/// <param name="Text">Its value, with quotes removed and variables replaced.</param>
/// <param name="Document">The file that says so last; <see cref="ConfigurationValue.Environment"/> for the environment.</param>
/// <param name="Line">Line of that file, from 1; 0 for the environment.</param>
public sealed record ConfigurationValue(string Name, string Text, string Document, int Line)
{
    /// <summary>What stands for the file where a value comes from the environment.</summary>
    public const string Environment = "environment";

    /// <summary>File and line, for messages.</summary>
    public string Origin => Line > 0 ? $"{Document}, line {Line}" : Document;

    /// <summary>An exception that names this value and where it stands.</summary>
    internal ConfigurationException Refuse(string expectation) => new(Document, Line, $"{Name}={Text}: {expectation}");
}
