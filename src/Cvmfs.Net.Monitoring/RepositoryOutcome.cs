namespace Cvmfs.Net.Monitoring;

/// <summary>What is known of one repository on one server.</summary>
public enum RepositoryOutcome
{
    /// <summary>The manifest and the whole chain behind it were verified.</summary>
    Ok,

    /// <summary>The manifest has the right form; without keys nobody can say more.</summary>
    Unverified,

    /// <summary>Verified, and longer behind the reference than it may be; only who follows servers over time says so.</summary>
    Stale,

    /// <summary>The server has no manifest.</summary>
    Missing,

    /// <summary>The manifest, or the chain behind it, is wrong.</summary>
    Invalid,

    /// <summary>The manifest could not be fetched.</summary>
    Unreachable,
}
