namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>A server that may have what is wanted.</summary>
/// <param name="State">The server, and what is known of it.</param>
/// <param name="Path">Path of the file there, byte for byte.</param>
/// <param name="IsConfigured">Whether the operator wrote it down, rather than a client.</param>
internal readonly record struct UpstreamBase(ServerState State, string Path, bool IsConfigured)
{
    /// <summary>The server.</summary>
    public Uri Server => State.Server;
}
