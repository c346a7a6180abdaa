using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Monitoring.Tests.Scraping;

public sealed class ManifestTests
{
    private static readonly string Root = new('a', 40);

    [Fact, Conforms("monitoring", 1)]
    public async Task A_manifest_of_four_fields_is_read_and_the_others_are_null()
    {
        var manifest = (await ScrapeAsync($"C{Root}\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS7\n")).Manifest!;
        Assert.Equal((7UL, TimeSpan.FromMinutes(4)), (manifest.Revision, manifest.Ttl));
        Assert.Equal([null, null, null, null], new object?[] { manifest.CertificateKey, manifest.HistoryKey, manifest.MetaInfoKey, manifest.PublishedAtUtc });
    }

    [Theory, Conforms("monitoring", 2)]
    [InlineData("-shake128")]
    [InlineData("-rmd160")]
    public async Task Other_hashes_are_read_and_asked_for_under_their_paths(string suffix)
    {
        string hash = new string('b', 40) + suffix;
        var report = await ScrapeAsync($"C{Root}{suffix}\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS7\nX{hash}\nH{hash}\n");
        Assert.Equal(
            [$"/cvmfs/soft.example.org/data/aa/{Root[2..]}{suffix}C", $"/cvmfs/soft.example.org/data/bb/{hash[2..]}H", $"/cvmfs/soft.example.org/data/bb/{hash[2..]}X"],
            report.Objects.Select(one => $"/cvmfs/soft.example.org/{ObjectPath.Of(one.Key)}").Order(StringComparer.Ordinal));
        Assert.All(report.Objects, one => Assert.Equal(ObjectOutcome.Missing, one.Outcome));
    }

    [Fact, Conforms("monitoring", 3)]
    public async Task The_micro_catalog_and_unknown_letters_are_kept()
    {
        var manifest = (await ScrapeAsync($"C{Root}\nL{new string('c', 40)}\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS7\nQsomething new\n")).Manifest!;
        Assert.Equal(ContentHash.Parse(new string('c', 40)), manifest.MicroCatalog);
        Assert.Equal(("something new", null), (manifest.Field('Q'), manifest.Field('W')));
    }

    [Fact, Conforms("monitoring", 5)]
    public async Task An_empty_line_before_the_end_is_bad_syntax()
        => Assert.Equal(ErrorClass.ManifestSyntax, (await ScrapeAsync($"C{Root}\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS7\n\n")).Error);

    [Fact, Conforms("monitoring", 7)]
    public async Task Every_byte_of_the_signature_arrives_as_it_was()
    {
        byte[] signature = [0x80, 0xFF, 0x0A, 0x00, 0x0D, 0x0A, 0xC3, 0x28, 0x0A];
        var report = await ScrapeAsync($"C{Root}\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS7\n", signature);
        Assert.Equal(signature, SignedLetter.Split(report.Manifest!.Bytes).Signature.ToArray());
    }

    [Fact, Conforms("monitoring", 12)]
    public async Task A_whitelist_is_read_whole_and_expires_at_the_full_hour()
    {
        using var repository = await ScrapeKit.BuildAsync();
        string print = string.Join(':', Enumerable.Repeat("AB", 20));
        byte[] whitelist = Encoding.ASCII.GetBytes($"20260101000000\nE20260131123456\nNsoft.example.org\n{print} # the old one\n{print}-rmd160\n{print}-shake128\n--\n{Root}\nx");
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), FakeFleet.Answer("/.cvmfswhitelist", 200, whitelist)));
        var found = (await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), target)).Repositories[0].Whitelist!;
        Assert.Equal((new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 31, 12, 34, 56, TimeSpan.Zero)), (found.CreatedAt!.Value, found.ExpiresAt));
        Assert.Equal(("soft.example.org", 3), (found.RepositoryName, found.Fingerprints.Count));
        Assert.False(found.IsExpiredAt(new DateTimeOffset(2026, 1, 31, 11, 59, 59, TimeSpan.Zero)));
        Assert.True(found.IsExpiredAt(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero)));
    }

    [Theory, Conforms("monitoring", 11)]
    [InlineData("Sat Feb  5 00:00:03 UTC 2022", 1644019203)]
    [InlineData("Sat Feb  5 01:00:03 CET 2022", 1644019203)]
    [InlineData("  Sat Feb  5 00:00:03 UTC 2022 \\n", 1644019203)]
    [InlineData("Sat Feb  5 00:00:03 XYZT 2022", null)]
    [InlineData("", null)]
    [InlineData("soon", null)]
    public async Task A_date_is_a_time_in_a_known_zone_or_said_to_be_none(string date, int? seconds)
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), FakeFleet.Answer("/.cvmfs_status.json", 200, $$"""{"last_snapshot":"{{date}}"}""")));
        var server = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), target);
        var report = server.Repositories[0];
        Assert.Equal((seconds, seconds is null ? ErrorClass.UnparseableDate : ErrorClass.None), ((int?)report.LastSnapshot?.ToUnixTimeSeconds(), report.StatusError));
        Assert.Equal((ServerOutcome.Reachable, RepositoryOutcome.Ok, date), (server.Outcome, report.Outcome, report.Status.LastSnapshot!.Text.Replace("\n", "\\n", StringComparison.Ordinal)));
    }

    [Fact, Conforms("monitoring", 11)]
    public async Task The_files_of_old_servers_tell_the_last_snapshot_and_the_one_that_runs()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await File.WriteAllTextAsync(repository.RootFile(RootFileNames.LastSnapshot), "Thu Jan  1 00:00:01 UTC 2026\n");
        await File.WriteAllTextAsync(repository.RootFile(RootFileNames.IsSnapshotting), "Thu Jan  1 01:00:02 CET 2026\n");
        await using var fleet = new FakeFleet();
        var report = (await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists()))).Repositories[0];
        Assert.Equal((1767225601L, 1767225602L, true), (report.LastSnapshot!.Value.ToUnixTimeSeconds(), report.SnapshotRunningSince!.Value.ToUnixTimeSeconds(), report.IsSnapshotRunning));
    }

    /// <summary>Serves a manifest whose printed hash is right and whose signature is anything; without keys that is as good as it gets.</summary>
    private static async Task<RepositoryReport> ScrapeAsync(string text, byte[]? signature = null)
    {
        using var folder = new TempFolder();
        byte[] document = [.. Encoding.ASCII.GetBytes($"{text}--\n{ContentHash.Compute(HashAlgorithmId.Sha1, Encoding.ASCII.GetBytes(text))}\n"), .. signature ?? [1]];
        folder.Write("soft.example.org/.cvmfspublished", document);
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(folder.Path, FakeFleet.Lists());
        return (await ScrapeKit.ScrapeAsync(new ScraperOptions { GeoQueries = [], RetryDelay = TimeSpan.Zero }, target)).Repositories[0];
    }
}
