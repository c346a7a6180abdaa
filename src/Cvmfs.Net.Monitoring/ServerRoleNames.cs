namespace Cvmfs.Net.Monitoring;

/// <summary>Spelling of roles.</summary>
public static class ServerRoleNames
{
    /// <summary>The name in labels and JSON: <c>stratum0</c>, <c>stratum1</c>, <c>syncserver</c>, <c>unknown</c>.</summary>
    public static string Name(this ServerRole role) => role switch
    {
        ServerRole.Stratum0 => "stratum0",
        ServerRole.Stratum1 => "stratum1",
        ServerRole.SyncServer => "syncserver",
        _ => "unknown",
    };
}
