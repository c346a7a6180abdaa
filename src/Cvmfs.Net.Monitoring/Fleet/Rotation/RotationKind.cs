namespace Cvmfs.Net.Monitoring.Fleet.Rotation;

/// <summary>What has to be renewed, or is planned.</summary>
public enum RotationKind
{
    /// <summary>A whitelist expires.</summary>
    Whitelist,

    /// <summary>The certificate of a publisher ends.</summary>
    Certificate,

    /// <summary>A master key begins or ends.</summary>
    Key,

    /// <summary>Servers or repositories are worked on.</summary>
    Maintenance,
}
