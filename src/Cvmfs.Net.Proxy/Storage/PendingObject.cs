using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A whole object on its way to the disk.</summary>
internal sealed record PendingObject(ObjectKey Key, int Repository, byte[] Bytes, FetchTime FetchedAt);
