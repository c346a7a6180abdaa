using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Journal;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Journal;

/// <summary>Records and marker as files: what a crash makes of them is read as far as it makes sense, and never fails.</summary>
public sealed class JournalFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RootFolder _spool;

    public JournalFileTests() => _spool = new RootFolder(_folder.Path, new RootFolderOptions { TemporaryFolder = _folder.Path });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static JournalRecord[] Records =>
    [
        new(JournalRecordKind.Header, new ObjectKey(Hash("header"))),
        new(JournalRecordKind.Listed, new ObjectKey(Hash("catalog"), ObjectSuffix.Catalog)),
        new(JournalRecordKind.Failed, new ObjectKey(Hash("object", HashAlgorithmId.Shake128), ObjectSuffix.Partial), TransferFailureReason.Unreachable),
        new(JournalRecordKind.Failed, new ObjectKey(Hash("other", HashAlgorithmId.RipeMd160)), TransferFailureReason.Corrupt),
    ];

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task What_is_appended_is_read_back()
    {
        using (var file = await JournalFile.BeginAsync(_spool, Records[..1], Token))
        {
            foreach (var record in Records[1..]) file.Append(record);
        }

        Assert.Equal(Records, await JournalFile.ReadAsync(_spool, Token));
        Assert.Equal(["journal"], _folder.Files());
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task A_file_that_was_torn_anywhere_ends_at_its_last_whole_record()
    {
        using (await JournalFile.BeginAsync(_spool, Records, Token)) { }
        byte[] whole = File.ReadAllBytes(_folder.Combine("journal"));
        for (int length = 0; length < whole.Length; length++)
        {
            _folder.Write("journal", whole.AsSpan(0, length));
            Assert.Equal(Records[..(length / JournalRecord.Bytes)], await JournalFile.ReadAsync(_spool, Token));
        }

        File.Delete(_folder.Combine("journal"));
        Assert.Empty(await JournalFile.ReadAsync(_spool, Token));
    }

    [Fact]
    public void A_record_with_any_bit_changed_is_none()
    {
        byte[] bytes = new byte[JournalRecord.Bytes];
        Records[2].WriteTo(bytes);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(JournalRecord.TryRead(bytes, out _));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(JournalRecord.TryRead(bytes, out var read));
        Assert.Equal(Records[2], read);
        Assert.False(JournalRecord.TryRead(new byte[JournalRecord.Bytes], out _)); // what a power loss may leave
    }

    [Fact]
    public void A_marker_is_read_back_whole_or_not_at_all()
    {
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var marker = new TransferMarker("one", at, [new SuspectSpan(at.AddDays(-2), at.AddDays(-1))]);
        byte[] bytes = marker.ToBytes();
        var read = TransferMarker.Parse(bytes)!;
        Assert.Equal((marker.BootId, marker.Since), (read.BootId, read.Since));
        Assert.Equal(marker.Suspects, read.Suspects);
        for (int length = 0; length < bytes.Length; length++) Assert.Null(TransferMarker.Parse(bytes.AsSpan(0, length)));
        Assert.Null(TransferMarker.Parse("boot one\nsince never\nend\n"u8));
        Assert.Null(TransferMarker.Parse("boot one\nsince 99999999999999999\nend\n"u8));
    }

    [Fact]
    public void Each_boot_that_is_lost_adds_a_doubt_and_none_is_forgotten()
    {
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var marker = new TransferMarker("0", at, []);
        Assert.Same(marker, marker.Continue("0", at.AddHours(1))); // a killed process lost nothing
        for (int boot = 1; boot <= 40; boot++) marker = marker.Continue($"{boot}", at.AddHours(boot));
        Assert.InRange(marker.Suspects.Count, 1, 16);
        Assert.True(TransferMarker.Parse(marker.ToBytes())!.Suspects.SequenceEqual(marker.Suspects));
        for (int minute = 0; minute < 40 * 60; minute += 7) Assert.Contains(marker.Suspects, span => span.Covers(at.AddMinutes(minute)));
        Assert.DoesNotContain(marker.Suspects, span => span.Covers(at.AddMinutes(-1)) || span.Covers(at.AddHours(40).AddMinutes(1)));
        Assert.Empty(new TransferMarker("", at, []).Continue("1", at).Suspects);
    }

    private static ContentHash Hash(string content, HashAlgorithmId algorithm = HashAlgorithmId.Sha1)
        => ContentHash.Compute(algorithm, System.Text.Encoding.ASCII.GetBytes(content));
}
