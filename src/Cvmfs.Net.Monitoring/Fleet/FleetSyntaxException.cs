namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A file is no YAML that can be read; becomes a problem before anybody outside sees it.</summary>
internal sealed class FleetSyntaxException(FleetProblem problem, Exception? innerException = null) : Exception(problem.ToString(), innerException)
{
    public FleetProblem Problem { get; } = problem;
}
