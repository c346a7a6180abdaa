namespace Cvmfs.Net.Monitoring;

/// <summary>What a server is for.</summary>
public enum ServerRole
{
    /// <summary>Nobody said; taken from what the server lists.</summary>
    Unknown,

    /// <summary>The publisher's own server: repositories, no replicas.</summary>
    Stratum0,

    /// <summary>A public replica.</summary>
    Stratum1,

    /// <summary>A replica that public ones replicate from.</summary>
    SyncServer,
}
