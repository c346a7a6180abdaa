using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Checking;

/// <summary>Checks 1 to 10: one defect each, and that finding alone.</summary>
public sealed class RootCheckTests
{
    [Theory]
    [Conforms("stratum1", 77)]
    [InlineData(RepositoryFault.ExpiredWhitelist)]
    [InlineData(RepositoryFault.WhitelistOfStranger)]
    [InlineData(RepositoryFault.CertificateNotListed)]
    [InlineData(RepositoryFault.ManifestOfStranger)]
    [InlineData(RepositoryFault.ManifestChangedAfterSigning)]
    [InlineData(RepositoryFault.MissingCertificate)]
    public async Task A_chain_of_signatures_that_does_not_hold_is_check_1_and_the_rest_is_looked_at_all_the_same(RepositoryFault fault)
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.Break(fault);
        var report = await repository.CheckAsync();
        AssertFatal(1, report);
        Assert.Equal(CheckOutcome.Untrusted, report.Outcome);
        Assert.Equal(3, report.Catalogs);
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task Without_a_manifest_or_with_another_repositorys_check_1_fails()
    {
        using var repository = await CheckedRepository.CreateAsync();
        AssertFatal(1, await repository.CheckAsync(repository.Options with { Repository = Manifests.RepositoryName.Parse("other.example.org") }));
        File.Delete(repository.Built.RootFile(".cvmfspublished"));
        AssertFatal(1, await repository.CheckAsync());
    }

    [Fact]
    public async Task Without_keys_nothing_is_believed_unless_that_was_asked_for()
    {
        using var repository = await CheckedRepository.CreateAsync();
        var refused = await repository.CheckAsync(repository.Options with { Keys = null });
        Assert.Equal(CheckOutcome.Untrusted, refused.Outcome);
        Assert.Contains("keys", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, refused.Catalogs);
        Assert.Equal(CheckOutcome.Clean, (await repository.CheckAsync(repository.Options with { Keys = null, AllowUnverified = true })).Outcome);
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task Meta_information_that_cannot_be_loaded_is_check_2()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.FlipByte(repository.Built.Manifest.MetaInfoKey!.Value);
        AssertFatal(2, await repository.CheckAsync());
        repository.Built.Remove(repository.Built.Manifest.MetaInfoKey!.Value);
        AssertFatal(2, await repository.CheckAsync());
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_reflog_without_a_checksum_is_check_3()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.ResignManifest(fields => fields with { Reflog = default });
        AssertFatal(3, await repository.CheckAsync());
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_reflog_with_another_checksum_is_check_4_and_the_one_of_a_run_that_died_is_none()
    {
        using var repository = await CheckedRepository.CreateAsync();
        string checksum = Path.Combine(repository.Location.SpoolFolder, ReplicaReflog.ChecksumName);
        File.WriteAllText(checksum, CheckedRepository.HashOf("another").ToString());
        AssertFatal(4, await repository.CheckAsync());
        File.WriteAllText(checksum + ".new", repository.Built.Manifest.Reflog.ToString());
        Assert.Equal(CheckOutcome.Clean, (await repository.CheckAsync()).Outcome);
    }

    [Theory]
    [Conforms("stratum1", 77)]
    [InlineData(ObjectSuffix.Catalog)]
    [InlineData(ObjectSuffix.Certificate)]
    [InlineData(ObjectSuffix.History)]
    [InlineData(ObjectSuffix.MetaInfo)]
    public async Task A_reflog_that_lacks_something_of_the_manifest_is_check_5(ObjectSuffix suffix)
    {
        using var repository = await CheckedRepository.CreateAsync();
        var manifest = repository.Built.Manifest;
        var key = suffix switch
        {
            ObjectSuffix.Catalog => manifest.RootCatalogKey,
            ObjectSuffix.Certificate => manifest.CertificateKey!.Value,
            ObjectSuffix.History => manifest.HistoryKey!.Value,
            _ => manifest.MetaInfoKey!.Value,
        };
        repository.Built.EditReflog(log => log.Remove(key.Hash));
        var finding = AssertFatal(5, await repository.CheckAsync());
        Assert.Equal(key.ToString(), finding.Key);
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_checksum_without_a_reflog_is_check_6()
    {
        using var repository = await CheckedRepository.CreateAsync();
        File.Delete(repository.Built.RootFile(".cvmfsreflog"));
        AssertFatal(6, await repository.CheckAsync());
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_tag_database_that_cannot_be_loaded_or_opened_is_check_7()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.EditHistory("DROP TABLE tags");
        AssertFatal(7, await repository.CheckAsync());
        repository.Built.Break(RepositoryFault.MissingHistory);
        AssertFatal(7, await repository.CheckAsync());
    }

    [Theory]
    [Conforms("stratum1", 77)]
    [InlineData("INSERT INTO branches VALUES ('unused', '', 1)")]
    [InlineData("INSERT INTO branches VALUES ('no name', '', 1); UPDATE tags SET branch = 'no name'")]
    [InlineData("UPDATE tags SET branch = 'nowhere'")]
    [InlineData("INSERT INTO branches VALUES ('late', '', 1000000); UPDATE tags SET branch = 'late'")]
    public async Task Branches_that_make_no_sense_are_check_8(string statements)
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.EditHistory(statements.Split(';'));
        var report = await repository.CheckAsync();
        Assert.NotEmpty(report.Findings);
        Assert.All(report.Findings, finding => Assert.Equal((8, CheckSeverity.Error), (finding.Number, finding.Severity)));
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task An_alternative_name_that_is_missing_is_check_9()
    {
        using var repository = await CheckedRepository.CreateAsync();
        repository.Built.ResignManifest(fields => fields with { HasAlternativePaths = true });
        var report = await repository.CheckAsync();
        Assert.Equal([9, 9], report.Findings.Select(finding => finding.Number));
        var manifest = repository.Built.Manifest;
        await repository.Built.Root.LinkAlternativeAsync(manifest.RootCatalogKey, TestContext.Current.CancellationToken);
        await repository.Built.Root.LinkAlternativeAsync(manifest.CertificateKey!.Value, TestContext.Current.CancellationToken);
        Assert.Empty((await repository.CheckAsync()).Findings);
    }

    [Fact]
    [Conforms("stratum1", 77)]
    public async Task A_tag_or_subtree_that_does_not_exist_is_check_10()
    {
        using var repository = await CheckedRepository.CreateAsync();
        AssertFatal(10, await repository.CheckAsync(repository.Options with { Tag = "nowhere" }));
        AssertFatal(10, await repository.CheckAsync(repository.Options with { Subtree = RepositoryPath.Parse("/dir") }));
        var tag = await repository.CheckAsync(repository.Options with { Tag = "first" });
        Assert.Equal((CheckOutcome.Clean, 3L), (tag.Outcome, tag.Catalogs));
        var subtree = await repository.CheckAsync(repository.Options with { Subtree = RepositoryPath.Parse("/nested/dir/deep"), Full = true });
        Assert.Equal((CheckOutcome.Clean, 1L), (subtree.Outcome, subtree.Catalogs));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_reflogs_checksum_is_set_right_on_request(bool isWrong, bool isLeftOver)
    {
        using var repository = await CheckedRepository.CreateAsync();
        string checksum = Path.Combine(repository.Location.SpoolFolder, ReplicaReflog.ChecksumName);
        if (isWrong || isLeftOver) File.WriteAllText(checksum, CheckedRepository.HashOf("another").ToString());
        if (isLeftOver) File.Delete(repository.Built.RootFile(".cvmfsreflog"));
        var report = await repository.CheckAsync(repository.Options with { RepairReflog = true });
        Assert.True(report.Succeeded, string.Join('\n', report.Findings));
        Assert.NotEmpty(report.Repaired);
        using var log = Reflog.Open(File.ReadAllBytes(repository.Built.RootFile(".cvmfsreflog")), expectedChecksum: Hashing.ContentHash.Parse(File.ReadAllText(checksum)));
        Assert.NotNull(log.Find(repository.Built.Manifest.RootCatalog));
    }

    private static CheckFinding AssertFatal(int number, CheckReport report)
    {
        Assert.True(report.Findings.Count == 1, string.Join('\n', report.Findings));
        Assert.Equal((number, CheckSeverity.Fatal), (report.Findings[0].Number, report.Findings[0].Severity));
        Assert.False(report.Succeeded);
        return report.Findings[0];
    }
}
