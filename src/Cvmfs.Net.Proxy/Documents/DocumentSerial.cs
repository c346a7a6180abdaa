namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Order among versions of one document: revision and time of a manifest, time of a whitelist.</summary>
/// <param name="Revision">Revision; 0 for whitelists.</param>
/// <param name="Seconds">Time of signing, Unix seconds; 0 where none is said.</param>
internal readonly record struct DocumentSerial(ulong Revision, ulong Seconds)
{
    /// <summary>Whether a client that has seen the other one would refuse this one.</summary>
    public bool IsBefore(DocumentSerial other) => Revision < other.Revision || Seconds < other.Seconds;
}
