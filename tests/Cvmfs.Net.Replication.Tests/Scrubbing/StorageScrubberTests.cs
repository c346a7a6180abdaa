using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Scrubbing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Tests.Scrubbing;

public sealed class StorageScrubberTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FileObjectStore _store;

    public StorageScrubberTests()
    {
        _store = new FileObjectStore(_folder.Path);
        _store.CreateFolders();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _folder.Combine("data");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [Conforms("stratum1", 78)]
    [InlineData(1, "stray", "-")]
    [InlineData(3, "ab/folder/", "-")]
    [InlineData(4, "ab/cdefT", "-")]
    [InlineData(5, "ab/no-hash", "abno-hash")]
    [InlineData(5, "ab/0123P", "ab0123")]
    [InlineData(5, "zz/0123456789012345678901234567890123456789", "zz0123456789012345678901234567890123456789")]
    [InlineData(6, "abc/", "-")]
    public async Task What_does_not_belong_into_a_storage_raises_its_alert_alone(int number, string path, string hash)
    {
        await FillAsync(20);
        string full = Path.Combine(Data, path).TrimEnd('/');
        Directory.CreateDirectory(path.EndsWith('/') ? full : Path.GetDirectoryName(full)!);
        if (!path.EndsWith('/')) File.WriteAllText(full, "x");

        var report = await ScrubAsync();

        var alert = Assert.Single(report.Alerts);
        Assert.Equal(ScrubOutcome.AlertsRaised, report.Outcome);
        Assert.Equal($"{number} {hash} {full}", alert.ToMachineLine());
    }

    [Fact]
    [Conforms("stratum1", 78)]
    public async Task Symbolic_links_raise_alert_2_wherever_they_are_and_are_not_followed()
    {
        var key = (await FillAsync(3))[0];
        string[] links = [Path.Combine(Data, "link"), Path.Combine(Data, "ab", "no-hash"), Path.Combine(Data, "ab", new string('0', 38)), Path.Combine(Data, "ab", "folder")];
        foreach (string link in links[..3]) File.CreateSymbolicLink(link, _store.PathOf(key));
        Directory.CreateSymbolicLink(links[3], Data);
        var report = await ScrubAsync();
        Assert.Equal(links.Select(link => $"2 - {link}").Order(), report.Alerts.Select(alert => alert.ToMachineLine()).Order());
    }

    [Fact]
    [Conforms("stratum1", 78)]
    public async Task Temporary_files_and_the_receivers_folder_raise_nothing()
    {
        Directory.CreateDirectory(Path.Combine(Data, "txn", "receiver"));
        File.WriteAllText(Path.Combine(Data, "txn", "unfinished"), "x");
        Assert.Equal(ScrubOutcome.Clean, (await ScrubAsync()).Outcome);
    }

    [Theory]
    [Conforms("stratum1", 78)]
    [InlineData(HashAlgorithmId.Sha1)]
    [InlineData(HashAlgorithmId.RipeMd160)]
    [InlineData(HashAlgorithmId.Shake128)]
    public async Task Any_wrong_bit_raises_alert_7(HashAlgorithmId algorithm)
    {
        var random = new Random(7);
        foreach (int length in (int[])[1, 4095, ObjectFileHasher.DefaultBufferBytes - 1, ObjectFileHasher.DefaultBufferBytes, ObjectFileHasher.DefaultBufferBytes + 1, 1_000_000])
        {
            var key = await PutAsync(Random(random, length), algorithm, ObjectSuffix.Partial);
            Assert.Equal(ScrubOutcome.Clean, (await ScrubAsync()).Outcome);
            byte[] bytes = File.ReadAllBytes(_store.PathOf(key));
            bytes[random.Next(length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(_store.PathOf(key), bytes);
            var alert = Assert.Single((await ScrubAsync()).Alerts);
            Assert.Equal($"7 {key.Hash} {_store.PathOf(key)}", alert.ToMachineLine());
            File.Delete(_store.PathOf(key));
        }
    }

    [Fact]
    public async Task Objects_that_are_cut_short_or_empty_raise_alert_7()
    {
        var keys = await FillAsync(3);
        File.WriteAllBytes(_store.PathOf(keys[0]), []);
        using (var file = File.OpenWrite(_store.PathOf(keys[1]))) file.SetLength(file.Length - 1);
        var report = await ScrubAsync();
        Assert.Equal(2, report.AlertCount);
        Assert.All(report.Alerts, alert => Assert.Equal(ScrubAlertKind.WrongContent, alert.Kind));
    }

    [Fact]
    [Conforms("stratum1", 79)]
    public async Task A_scrub_in_slices_sees_every_object_once_and_then_begins_anew()
    {
        await FillAsync(600);
        long files = 0;
        int slices = 0;
        var options = new ScrubOptions { Workers = 1, Resume = true, MaxBytes = 50_000 };
        ScrubReport report;
        do
        {
            report = await ScrubAsync(options);
            files += report.Files;
            slices++;
        }
        while (!report.IsPassComplete);

        Assert.Equal(600, files);
        Assert.True(slices > 3, $"{slices} slices");
        Assert.Equal(600, (await ScrubAsync(options with { MaxBytes = 0 })).Files);
    }

    [Fact]
    [Conforms("stratum1", 79)]
    public async Task A_scrub_that_is_cancelled_goes_on_where_it_was()
    {
        await FillAsync(300);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var damaged = (await FillAsync(1, seed: 9))[0];
        File.WriteAllText(_store.PathOf(damaged), "x");
        var services = new ScrubServices { OnAlert = _ => cancel.Cancel() };
        var options = new ScrubOptions { Workers = 1, Resume = true };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new StorageScrubber(_folder.Path, services).ScrubAsync(options, cancellationToken: cancel.Token));
        var rest = await ScrubAsync(options);
        Assert.True(rest.IsPassComplete);
        Assert.Equal(1, rest.AlertCount); // its folder was not finished
        Assert.InRange(rest.Files, 1, 300 - damaged.Hash.FirstByte / 2);
    }

    [Fact]
    [Conforms("stratum1", 79)]
    public async Task A_limit_of_bytes_a_second_is_kept()
    {
        await FillAsync(50);
        var time = TimeProvider.System;
        long before = time.GetTimestamp();
        var report = await ScrubAsync(new ScrubOptions { BytesPerSecond = 200_000 });
        Assert.True(time.GetElapsedTime(before).TotalSeconds >= (report.Bytes / 200_000.0) - 0.2, $"{report.Bytes} bytes in {time.GetElapsedTime(before)}");
    }

    [Fact]
    [Conforms("stratum1", 80)]
    public async Task Damaged_objects_are_fetched_again_and_what_cannot_be_is_told()
    {
        var keys = await FillAsync(4);
        using var upstream = new TempFolder();
        var copy = new FileObjectStore(upstream.Path);
        copy.CreateFolders();
        File.Copy(_store.PathOf(keys[0]), copy.PathOf(keys[0]));
        foreach (var key in keys[..2]) File.WriteAllText(_store.PathOf(key), "damaged");
        await using var source = new DirectoryRepositorySource(upstream.Path);

        var report = await new StorageScrubber(_folder.Path, new ScrubServices { RepairSource = source }).ScrubAsync(cancellationToken: Token);

        Assert.Equal(ScrubOutcome.AlertsRaised, report.Outcome);
        Assert.Equal(keys[0].ToString(), Assert.Single(report.Repaired).Name);
        Assert.Equal(keys[1].ToString(), Assert.Single(report.Unrepaired).Name);
        Assert.Equal("damaged", File.ReadAllText(_store.PathOf(keys[1]))); // bad, and still there: nobody has a better one
        Assert.Equal(keys[1].Hash.ToString(), Assert.Single((await ScrubAsync()).Alerts).Hash);

        report = await new StorageScrubber(_folder.Path, new ScrubServices { RepairSource = source }).ScrubAsync(new ScrubOptions { Quarantine = true }, cancellationToken: Token);
        Assert.False(File.Exists(_store.PathOf(keys[1])));
        Assert.Equal("damaged", File.ReadAllText(Path.Combine(Data, "txn/trash/damaged", keys[1].Hash.ToString()[..2], keys[1].Hash.ToString()[2..])));
    }

    [Fact]
    public async Task A_folder_that_is_no_storage_is_no_clean_one()
        => Assert.Equal(ScrubOutcome.StorageFailed, (await new StorageScrubber(_folder.Combine("elsewhere")).ScrubAsync(cancellationToken: Token)).Outcome);

    private Task<ScrubReport> ScrubAsync(ScrubOptions? options = null) => new StorageScrubber(_folder.Path).ScrubAsync(options, cancellationToken: Token);

    private async Task<ObjectKey[]> FillAsync(int count, int seed = 1)
    {
        var random = new Random(seed);
        var keys = new ObjectKey[count];
        for (int i = 0; i < count; i++) keys[i] = await PutAsync(Random(random, 1000 + random.Next(1000)), HashAlgorithmId.Sha1, ObjectSuffix.None);
        return keys;
    }

    private async Task<ObjectKey> PutAsync(byte[] content, HashAlgorithmId algorithm, ObjectSuffix suffix)
    {
        var key = new ObjectKey(ContentHash.Compute(algorithm, content), suffix);
        await _store.PutAsync(key, content, Token);
        return key;
    }

    private static byte[] Random(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
