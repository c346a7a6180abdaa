namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>A server that may have what is wanted.</summary>
/// <param name="Server">Scheme, host and port.</param>
/// <param name="Path">Path of the file there, byte for byte.</param>
/// <param name="IsConfigured">Whether the operator wrote it down, rather than a client.</param>
internal readonly record struct UpstreamBase(Uri Server, string Path, bool IsConfigured);
