namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>The three states of servermon, worse is higher.</summary>
internal enum ServermonStatus
{
    /// <summary>Well.</summary>
    Ok,

    /// <summary>Someone should look.</summary>
    Warning,

    /// <summary>Broken.</summary>
    Critical,
}
