using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>One judgement about one repository on one server, or about a server.</summary>
/// <param name="Check">Name of the check.</param>
/// <param name="Server">Name of the server.</param>
/// <param name="Repository">The repository; null where it is about the server.</param>
/// <param name="Status">How well.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record CheckResult(string Check, string Server, RepositoryName? Repository, CheckStatus Status, string Message);
