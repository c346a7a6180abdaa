namespace Stratum1Replicator.Operation;

/// <summary>Something that is not as it should be.</summary>
/// <param name="Level">How bad.</param>
/// <param name="Replica">Alias of the replica; null for the host.</param>
/// <param name="Code">The same word for the same thing, for machines.</param>
/// <param name="Message">One sentence for people.</param>
internal sealed record HealthCondition(HealthLevel Level, string? Replica, string Code, string Message);

internal enum HealthLevel
{
    Ok,

    /// <summary>Somebody should look in working hours. Health stays 200.</summary>
    Warning,

    /// <summary>Clients suffer or will soon. Health is 503.</summary>
    Failed,
}
