namespace Stratum1Replicator.Configuration;

/// <summary>Everything that a host is to keep, from all sources of configuration.</summary>
/// <param name="Replicas">The replicas, also those that cannot be kept.</param>
internal sealed record HostSettings(IReadOnlyList<ReplicaSettings> Replicas)
{
    /// <summary>Updates at once; null for the default.</summary>
    public int? MaxSnapshots { get; init; }

    /// <summary>Location database of the geo API; null for none.</summary>
    public string? GeoDatabase { get; init; }

    /// <summary>Whether <c>repositories.json</c> tells versions.</summary>
    public bool PublishesVersions { get; init; } = true;

    /// <summary>What an operator should know, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
