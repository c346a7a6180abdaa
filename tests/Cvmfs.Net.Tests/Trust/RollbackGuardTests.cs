using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class RollbackGuardTests
{
    private static readonly ContentHash Known = ContentHash.Compute(HashAlgorithmId.Sha1, "known"u8);

    [Theory]
    [InlineData(8, 100, RevisionVerdict.Newer)]
    [InlineData(8, 101, RevisionVerdict.Newer)]
    [InlineData(7, 100, RevisionVerdict.NothingNew)]
    [InlineData(7, 101, RevisionVerdict.NothingNew)]
    [InlineData(6, 100, RevisionVerdict.RevisionLower)]
    [InlineData(6, 101, RevisionVerdict.RevisionLower)]
    [InlineData(7, 99, RevisionVerdict.TimestampOlder)]
    [InlineData(8, 99, RevisionVerdict.TimestampOlder)]
    [Conforms("protocol", 41)]
    [Conforms("protocol", 42)]
    public void A_reader_goes_neither_back_in_revision_nor_in_time(ulong revision, ulong publishedAt, RevisionVerdict expected)
        => Assert.Equal(expected, new RollbackGuard(7, 100, Known).JudgeAsReader(Verified(revision, publishedAt)));

    [Theory]
    [InlineData(8, 99, RevisionVerdict.Newer)]
    [InlineData(7, 100, RevisionVerdict.NothingNew)]
    [InlineData(7, 101, RevisionVerdict.NothingNew)]
    [InlineData(7, 99, RevisionVerdict.TimestampOlder)]
    [InlineData(6, 101, RevisionVerdict.RevisionLower)]
    [Conforms("protocol", 44)]
    public void A_replica_goes_by_revision_then_time(ulong revision, ulong publishedAt, RevisionVerdict expected)
        => Assert.Equal(expected, new RollbackGuard(7, 100, Known).JudgeAsReplica(Verified(revision, publishedAt)));

    [Fact]
    public void An_unknown_state_takes_everything()
    {
        Assert.Equal(RevisionVerdict.Newer, default(RollbackGuard).JudgeAsReader(Verified(0, 0)));
        Assert.Equal(RevisionVerdict.Newer, default(RollbackGuard).JudgeAsReplica(Verified(0, 0)));
        Assert.Equal(RevisionVerdict.Newer, default(RollbackGuard).JudgeAsReader(Verified(5, 5)));
    }

    [Fact]
    [Conforms("protocol", 26)]
    public void Only_verified_statements_become_state()
    {
        var verified = Verified(7, 100);
        Assert.Equal(new RollbackGuard(7, 100, verified.Manifest.RootCatalog), RollbackGuard.From(verified));
        Assert.Empty(typeof(VerifiedManifest).GetConstructors());
    }

    private static VerifiedManifest Verified(ulong revision, ulong publishedAt)
    {
        var set = new SignedSet();
        set.Fields = set.Fields with { Revision = revision, PublishedAt = publishedAt };
        return set.Verify();
    }
}
