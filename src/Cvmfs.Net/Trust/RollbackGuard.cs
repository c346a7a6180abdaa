using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>Revision and time of the statement that is known already. Decides whether another one may replace it.</summary>
/// <remarks>Only verified statements may be asked about or remembered: an unverified number must never become state.</remarks>
/// <param name="Revision">Revision number; 0 where none is known.</param>
/// <param name="PublishedAt">Time of signing, Unix seconds; 0 where none is known.</param>
/// <param name="RootCatalog">Root catalog; the null hash where unknown.</param>
public readonly record struct RollbackGuard(ulong Revision, ulong PublishedAt, ContentHash RootCatalog = default)
{
    /// <summary>Remembers a verified statement.</summary>
    public static RollbackGuard From(VerifiedManifest verified)
    {
        ArgumentNullException.ThrowIfNull(verified);
        return new RollbackGuard(verified.Manifest.Revision, verified.Manifest.PublishedAt, verified.Manifest.RootCatalog);
    }

    /// <summary>A reader's rule: never to an older time of signing, never to a lower revision; an equal one is not loaded again.</summary>
    /// <remarks>Two revisions 0 count as new, as in the reference: that is what an unknown state looks like.</remarks>
    public RevisionVerdict JudgeAsReader(VerifiedManifest candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return JudgeAsReader(candidate.Manifest);
    }

    /// <summary>A replica's rule: never a lower revision, nor the same one with an older time of signing.</summary>
    public RevisionVerdict JudgeAsReplica(VerifiedManifest candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return JudgeAsReplica(candidate.Manifest);
    }

    internal RevisionVerdict JudgeAsReader(Manifest candidate)
    {
        if (candidate.PublishedAt < PublishedAt) return RevisionVerdict.TimestampOlder;
        if (candidate.Revision < Revision) return RevisionVerdict.RevisionLower;
        return candidate.Revision > Revision || Revision == 0 ? RevisionVerdict.Newer : RevisionVerdict.NothingNew;
    }

    internal RevisionVerdict JudgeAsReplica(Manifest candidate)
    {
        if (candidate.Revision < Revision) return RevisionVerdict.RevisionLower;
        if (candidate.Revision > Revision) return RevisionVerdict.Newer;
        if (candidate.PublishedAt < PublishedAt) return RevisionVerdict.TimestampOlder;
        return RootCatalog.IsNull ? RevisionVerdict.Newer : RevisionVerdict.NothingNew;
    }
}
