namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Something that is wrong in a fleet file.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Path">Key, such as <c>servers.s1-eu.host</c>; empty for the whole file.</param>
/// <param name="Message">What was found and what was expected.</param>
/// <param name="IsError">Whether nothing can be generated; otherwise a warning.</param>
public sealed record FleetProblem(string File, int Line, string Path, string Message, bool IsError = true)
{
    /// <summary>One line, as compilers write it.</summary>
    public override string ToString() => $"{File}:{Line}: {(IsError ? "error" : "warning")}: {(Path.Length > 0 ? Path + " " : "")}{Message}.";
}
