using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.References;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.References;

/// <summary>What comes out is what a sorted set would hold, whether it fits into memory or goes through files, and no file stays.</summary>
public sealed class ObjectSorterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_record_is_the_key_in_another_form_and_sorts_as_names_in_folders_do()
    {
        Properties.Hold<byte[], int, int>((seed, kind, algorithm) =>
        {
            var key = Key(ContentHash.Compute(HashAlgorithmId.Sha1, seed), kind, algorithm);
            var record = ObjectRecord.Of(key);
            return record.ToKey() == key && record.Folder == key.Hash.FirstByte && record.Suffix == key.Suffix;
        });
        Properties.Hold<byte[], byte[]>((left, right) =>
        {
            var (a, b) = (Key(ContentHash.Compute(HashAlgorithmId.Sha1, left), 0, 0), Key(ContentHash.Compute(HashAlgorithmId.Sha1, right), 1, 0));
            return Math.Sign(ObjectRecord.Of(a).CompareTo(ObjectRecord.Of(b))) == Math.Sign(string.CompareOrdinal(a.ToString(), b.ToString()));
        });
    }

    [Fact]
    public void Sorting_a_span_drops_repeats_whatever_the_keys_are_like()
    {
        Properties.Hold<ulong[], byte>((values, shape) =>
        {
            // From evenly spread over all of a folder's keys to nearly all the same.
            var records = values.SelectMany((value, i) => Enumerable.Range(0, 20).Select(j => Record(Mix(value + (ulong)j), shape, i))).ToArray();
            var expected = new SortedSet<ObjectRecord>(records);
            int count = RecordSort.SortAndDeduplicate(records);
            return records.AsSpan(0, count).SequenceEqual(expected.ToArray());
        }, cases: 300, size: 400);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 20_000)]
    [InlineData(1, 300_000)]
    [InlineData(3, 300_000)]
    [Conforms("stratum1", 74)]
    public void What_does_not_fit_goes_through_files_and_comes_out_the_same(int lanes, int count)
    {
        using var sorter = new ObjectSorter(ObjectSorter.LeastBytes, _folder.Path, lanes);
        var expected = new SortedSet<ObjectRecord>();
        var ways = Enumerable.Range(0, lanes).Select(_ => sorter.AddLane()).ToArray();
        for (int i = 0; i < count; i++)
        {
            var record = Record(Mix((ulong)(i % (count * 2 / 3))), 0, 0); // a third comes twice
            expected.Add(record);
            if (i % 7 == 0) ways[i % lanes].Add([record, record]);
            else ways[i % lanes].Add(record);
        }

        using var sorted = sorter.Finish();
        Assert.Equal(count > 100_000, sorter.BytesSpilled > 0);
        Assert.Empty(_folder.Files()); // files have no names
        Assert.True(sorted.Read().SequenceEqual(expected), "another sequence");
        Assert.True(sorted.Read().SequenceEqual(expected), "another sequence at the second reading");
        Assert.True(sorted.MostCount >= expected.Count);
    }

    [Fact]
    public void More_files_than_may_be_open_are_merged_in_several_passes()
    {
        const int Count = 2_500_000;
        using var sorter = new ObjectSorter(ObjectSorter.LeastBytes, _folder.Path);
        var lane = sorter.AddLane();
        for (int i = 0; i < Count; i++) lane.Add(Record(Mix((ulong)i), 0, 0));
        using var sorted = sorter.Finish();
        Assert.True(sorter.BytesSpilled > (long)Count * ObjectRecord.Bytes, "one pass was enough: the test shows nothing");
        ulong before = 0;
        int read = 0;
        foreach (var record in sorted.Read())
        {
            Assert.True(record.High > before || read == 0);
            before = record.High;
            read++;
        }

        Assert.Equal(Count, read);
    }

    [Fact]
    public void A_folder_that_cannot_take_the_files_is_an_error_and_not_a_shorter_set()
    {
        string blocked = _folder.Write("file", []);
        using var sorter = new ObjectSorter(ObjectSorter.LeastBytes, Path.Combine(blocked, "below"));
        var lane = sorter.AddLane();
        Assert.ThrowsAny<IOException>(() =>
        {
            for (int i = 0; i < 100_000; i++) lane.Add(Record(Mix((ulong)i), 0, 0));
        });
    }

    [Fact]
    public void Two_sequences_are_joined_as_sets_are()
    {
        Properties.Hold<byte[], byte[]>((left, right) =>
        {
            var l = new SortedSet<ObjectRecord>(left.Select(value => new ObjectRecord(value, 0, 0)));
            var r = new SortedSet<ObjectRecord>(right.Select(value => new ObjectRecord(value, 0, 0)));
            var joined = OrderedJoin.Join(l, r).ToList();
            return joined.Where(pair => pair.Side != OrderedJoin.Side.Right).Select(pair => pair.Record).SequenceEqual(l)
                && joined.Where(pair => pair.Side != OrderedJoin.Side.Left).Select(pair => pair.Record).SequenceEqual(r)
                && joined.Where(pair => pair.Side == OrderedJoin.Side.Both).Select(pair => pair.Record).SequenceEqual(l.Intersect(r))
                && joined.Select(pair => pair.Record).SequenceEqual(l.Union(r).Order())
                && OrderedJoin.Except(l, r).SequenceEqual(l.Except(r));
        }, cases: 2000);
    }

    private static ObjectKey Key(ContentHash hash, int kind, int algorithm)
    {
        ObjectSuffix[] suffixes = Enum.GetValues<ObjectSuffix>();
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        hash.CopyDigestTo(digest);
        return new ObjectKey(new ContentHash((HashAlgorithmId)(1 + (uint)algorithm % 3), digest), suffixes[(uint)kind % (uint)suffixes.Length]);
    }

    private static ObjectRecord Record(ulong value, byte shape, int index) => (shape % 4) switch
    {
        0 => new ObjectRecord(value, value ^ 0x55, (ulong)index & 3),
        1 => new ObjectRecord(0x1234_0000_0000_0000 | value >> 16, value, 0),
        2 => new ObjectRecord(7, value, 1),
        _ => new ObjectRecord(value & 3, 0, (ulong)index & 1),
    };

    private static ulong Mix(ulong value)
    {
        value = (value + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
