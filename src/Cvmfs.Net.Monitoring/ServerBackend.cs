namespace Cvmfs.Net.Monitoring;

/// <summary>What stands behind a server's URLs, which decides what documents it has.</summary>
public enum ServerBackend
{
    /// <summary>Found out by asking: a list of repositories means <see cref="Cvmfs"/>, its absence (403, 404) an <see cref="S3"/> bucket.</summary>
    AutoDetect,

    /// <summary>A server with a list of its repositories; without the list it has failed.</summary>
    Cvmfs,

    /// <summary>A bucket: no list, no server documents, no geo API. The repositories must be named.</summary>
    S3,
}
