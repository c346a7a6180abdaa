using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What the checks outside of catalogs leave for those inside.</summary>
internal sealed class RootFindings
{
    /// <summary>The manifest; null where there is none that anybody can read.</summary>
    public Manifest? Manifest { get; set; }

    /// <summary>Why it is not believed; null where it is, or need not be.</summary>
    public string? Distrust { get; set; }

    /// <summary>The tags; null where there are none that anybody can read.</summary>
    public TagDatabase? Tags { get; set; }

    /// <summary>Root catalogs in the reflog.</summary>
    public IReadOnlyList<ContentHash> LoggedRoots { get; set; } = [];

    /// <summary>All other objects in the reflog, and those that the manifest names.</summary>
    public List<Objects.ObjectKey> Auxiliaries { get; } = [];
}
