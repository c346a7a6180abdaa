using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Publishing;

public sealed class ReplicaReflogTests : IDisposable
{
    private static readonly RepositoryName Name = RepositoryName.Parse("sw.example.org");
    private static readonly ContentHash One = ContentHash.Compute(HashAlgorithmId.Sha1, "one"u8);
    private static readonly ContentHash Two = ContentHash.Compute(HashAlgorithmId.Sha1, "two"u8);

    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly RootFolder _storage;
    private readonly RootFolder _spool;

    public ReplicaReflogTests()
    {
        Directory.CreateDirectory(_folder.Combine("spool"));
        _storage = new RootFolder(_folder.Path);
        _spool = new RootFolder(_folder.Combine("spool"), new RootFolderOptions { TemporaryFolder = _folder.Combine("spool") });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Conforms("stratum1", 44)]
    public async Task An_entry_keeps_the_time_at_which_it_was_first_seen()
    {
        await SaveAsync(One);
        _clock.Advance(TimeSpan.FromDays(1));
        await SaveAsync(One, Two);
        using var log = Reflog.Open(File.ReadAllBytes(_folder.Combine(".cvmfsreflog")));
        Assert.Equal(TimeSpan.FromDays(1).TotalSeconds, log.Find(Two)!.Value.Timestamp - log.Find(One)!.Value.Timestamp);
    }

    [Fact]
    [Conforms("stratum1", 45)]
    [Conforms("stratum1", 46)]
    public async Task Whenever_a_run_dies_between_log_and_checksum_the_next_one_goes_on()
    {
        await SaveAsync(One);
        byte[] oldLog = File.ReadAllBytes(_folder.Combine(".cvmfsreflog"));
        byte[] oldChecksum = File.ReadAllBytes(_folder.Combine("spool/reflog.chksum"));
        await SaveAsync(Two);
        byte[] newLog = File.ReadAllBytes(_folder.Combine(".cvmfsreflog"));
        byte[] newChecksum = File.ReadAllBytes(_folder.Combine("spool/reflog.chksum"));

        // before anything; after the new checksum was written beside the old one; after the log was replaced; after the checksum was; after the
        // one beside it was removed. Then the same for the first log of all, and with a new checksum that an earlier death left behind.
        (byte[]? Log, byte[]? Checksum, byte[]? Next)[] states =
        [
            (oldLog, oldChecksum, null), (oldLog, oldChecksum, newChecksum), (newLog, oldChecksum, newChecksum), (newLog, newChecksum, newChecksum), (newLog, newChecksum, null),
            (null, null, newChecksum), (newLog, null, newChecksum), (oldLog, oldChecksum, Encoding.ASCII.GetBytes(One.ToString())),
        ];
        foreach (var (log, checksum, next) in states)
        {
            Put(".cvmfsreflog", log);
            Put("spool/reflog.chksum", checksum);
            Put("spool/reflog.chksum.new", next);
            using var reflog = await OpenAsync();
            reflog.Add(One, ReflogKind.RootCatalog, _clock.GetUtcNow());
            reflog.Add(Two, ReflogKind.RootCatalog, _clock.GetUtcNow());
            await reflog.SaveAsync(HashAlgorithmId.Sha1, Token);
            using var read = Reflog.Open(File.ReadAllBytes(_folder.Combine(".cvmfsreflog")), expectedChecksum: ContentHash.Parse(Encoding.ASCII.GetString(File.ReadAllBytes(_folder.Combine("spool/reflog.chksum")))));
            Assert.Equal(2, read.Count);
        }
    }

    [Theory]
    [Conforms("protocol", 106)]
    [InlineData(true, false)]  // no checksum
    [InlineData(false, true)]  // no log
    [InlineData(true, true)]   // a checksum of something else
    public async Task A_log_and_checksum_that_do_not_belong_together_stop_a_run(bool hasLog, bool hasChecksum)
    {
        await SaveAsync(One);
        if (!hasLog) File.Delete(_folder.Combine(".cvmfsreflog"));
        if (!hasChecksum) File.Delete(_folder.Combine("spool/reflog.chksum"));
        if (hasLog && hasChecksum) _folder.Write("spool/reflog.chksum", Encoding.ASCII.GetBytes(Two.ToString()));
        await Assert.ThrowsAsync<CvmfsFormatException>(OpenAsync);

        using var begun = await ReplicaReflog.OpenAsync(_storage, _spool, Name, isInitial: true, Token); // only a first snapshot may begin anew
    }

    [Fact]
    public async Task A_checksum_may_end_in_a_newline()
    {
        await SaveAsync(One);
        File.AppendAllText(_folder.Combine("spool/reflog.chksum"), "\n");
        using var reflog = await OpenAsync();
    }

    [Fact]
    public async Task The_log_of_another_repository_is_refused()
    {
        await SaveAsync(One);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => ReplicaReflog.OpenAsync(_storage, _spool, RepositoryName.Parse("other.example.org"), isInitial: false, Token));
    }

    private void Put(string file, byte[]? content)
    {
        if (content is null) File.Delete(_folder.Combine(file));
        else _folder.Write(file, content);
    }

    private Task<ReplicaReflog> OpenAsync() => ReplicaReflog.OpenAsync(_storage, _spool, Name, isInitial: false, Token);

    private async Task SaveAsync(params ContentHash[] hashes)
    {
        using var reflog = await OpenAsync();
        reflog.AddAll(hashes, ReflogKind.RootCatalog, _clock.GetUtcNow());
        await reflog.SaveAsync(HashAlgorithmId.Sha1, Token);
    }
}
