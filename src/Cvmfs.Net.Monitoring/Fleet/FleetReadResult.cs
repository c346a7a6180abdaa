namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>What came of reading a fleet file.</summary>
/// <param name="Fleet">The fleet; null when there is an error.</param>
/// <param name="Problems">Errors and warnings, by file and line.</param>
public sealed record FleetReadResult(FleetDescription? Fleet, IReadOnlyList<FleetProblem> Problems)
{
    /// <summary>Whether nothing can be generated.</summary>
    public bool HasErrors => Problems.Any(problem => problem.IsError);
}
