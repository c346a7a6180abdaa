using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>What a round has found. Immutable.</summary>
/// <param name="Public">The page for visitors.</param>
/// <param name="All">The page with every server.</param>
/// <param name="Incidents">What goes on.</param>
public sealed record MonitorSnapshot(StatusPageReport Public, StatusPageReport All, IReadOnlyList<Incident> Incidents);
