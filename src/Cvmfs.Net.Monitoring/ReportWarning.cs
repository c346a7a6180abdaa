namespace Cvmfs.Net.Monitoring;

/// <summary>Something odd that spoils nothing.</summary>
/// <param name="Error">Which kind.</param>
/// <param name="Detail">In words: what was found, what was expected.</param>
public sealed record ReportWarning(ErrorClass Error, string Detail);
