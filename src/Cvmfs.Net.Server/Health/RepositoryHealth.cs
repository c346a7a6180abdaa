namespace Cvmfs.Net.Server.Health;

/// <summary>How one repository is.</summary>
/// <param name="State">The worst of what was found.</param>
/// <param name="Reason">What was found, for a person; null where all is well.</param>
/// <param name="WhitelistLeft">How long the whitelist is valid still, negative when it has ended; null where that is not known.</param>
internal sealed record RepositoryHealth(HealthState State, string? Reason, TimeSpan? WhitelistLeft);

/// <summary>Degrees of health, worse ones later.</summary>
internal enum HealthState : byte
{
    /// <summary>Nothing to do.</summary>
    Ok,

    /// <summary>Clients are served; somebody should look.</summary>
    Warning,

    /// <summary>Clients are not served, or will not be soon.</summary>
    Failing,
}
