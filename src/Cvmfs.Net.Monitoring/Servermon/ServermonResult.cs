namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>One test of one repository.</summary>
/// <param name="Test">Name of the test.</param>
/// <param name="Repository">As visible below <c>/cvmfs</c>.</param>
/// <param name="Status">How well.</param>
/// <param name="Message">Why; empty where there is nothing to say.</param>
internal sealed record ServermonResult(string Test, string Repository, ServermonStatus Status, string Message);
