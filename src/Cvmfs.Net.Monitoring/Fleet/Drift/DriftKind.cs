namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Where something differs from the fleet file.</summary>
public enum DriftKind
{
    /// <summary>Clients are configured otherwise.</summary>
    ClientConfig,

    /// <summary>A repository recommends other servers, or a server names another contact.</summary>
    MetaInfo,

    /// <summary>A server has other repositories.</summary>
    Replicas,

    /// <summary>Something is signed by, or clients trust, another key.</summary>
    Keys,

    /// <summary>A name leads elsewhere.</summary>
    Dns,

    /// <summary>Prometheus scrapes other targets.</summary>
    Prometheus,

    /// <summary>A status page shows other servers.</summary>
    StatusPage,

    /// <summary>The geo API orders otherwise than the places of the file, or is asked about names that do not resolve.</summary>
    Geo,
}
