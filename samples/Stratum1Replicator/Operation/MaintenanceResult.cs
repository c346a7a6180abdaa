namespace Stratum1Replicator.Operation;

/// <summary>How a piece of maintenance ended.</summary>
/// <param name="Succeeded">Whether nothing is wrong.</param>
/// <param name="IsWhole">Whether there is nothing left to do: false for a slice of a scrub, and for what could not be done now.</param>
/// <param name="Message">One sentence for people.</param>
internal sealed record MaintenanceResult(bool Succeeded, bool IsWhole, string Message);
