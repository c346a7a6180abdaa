using Cvmfs.Net.Publishing.Chunking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Publishing.Tests.Chunking;

public sealed class ContentDefinedCutterTests
{
    [Theory]
    [Conforms("protocol", 137)]
    [InlineData(1 << 20)]
    [InlineData(65_537)]
    public void Cuts_the_check_stream_where_the_reference_does(int blockBytes)
    {
        var cuts = Cuts(new ContentDefinedCutter(512_000, 1_024_000, 2_048_000), CheckStream(100 << 20), blockBytes);

        Assert.Equal([742_752, 2_790_752, 3_521_796, 4_188_893, 4_940_543], cuts.Take(5));
        Assert.Equal(104_269_441, cuts[^1]);
        Assert.Equal(104, cuts.Count);
    }

    [Fact]
    public void Finds_the_same_cuts_however_the_stream_is_split() => Properties.Hold(
        (byte[] seed, byte splitA, byte splitB) =>
        {
            byte[] data = Expand(seed, 5_000);
            var whole = Cuts(new ContentDefinedCutter(64, 128, 512), data, data.Length);
            var pieces = Cuts(new ContentDefinedCutter(64, 128, 512), data, 1 + splitA, 1 + splitB);
            return whole.SequenceEqual(pieces);
        },
        cases: 500);

    [Fact]
    public void Makes_no_chunk_outside_the_bounds() => Properties.Hold(
        (byte[] seed) =>
        {
            byte[] data = Expand(seed, 20_000);
            var cuts = Cuts(new ContentDefinedCutter(100, 200, 400), data, 999);
            int[] edges = [0, .. cuts, data.Length];
            for (int i = 1; i < edges.Length; i++)
            {
                int size = edges[i] - edges[i - 1];
                if (size > 400 || (size < 100 && i < edges.Length - 1) || size == 0) return false;
            }

            return true;
        },
        cases: 500);

    [Fact]
    public void Forces_a_cut_at_the_maximum_and_none_at_the_end_of_the_stream()
    {
        // Zeros keep the checksum at 0, which is never inside the window.
        var cuts = Cuts(new ContentDefinedCutter(64, 128, 256), new byte[1024], 100);

        Assert.Equal([256, 512, 768], cuts);
    }

    [Fact]
    public void Fixed_size_cuts_are_multiples()
    {
        Assert.Equal([256, 512, 768], Cuts(new FixedSizeCutter(256), new byte[1024], 100));
        Assert.Equal([256, 512, 768, 1024], Cuts(new FixedSizeCutter(256), new byte[1025], 1025));
    }

    private static List<int> Cuts(IChunkCutter cutter, ReadOnlySpan<byte> data, params ReadOnlySpan<int> blockBytes)
    {
        var cuts = new List<int>();
        int position = 0;
        for (int turn = 0; position < data.Length; turn++)
        {
            int size = Math.Min(blockBytes[turn % blockBytes.Length], data.Length - position);
            int cut = cutter.FindCut(data.Slice(position, size));
            if (cut >= 0) cuts.Add(position + cut);
            position += cut >= 0 ? cut : size;
        }

        return cuts;
    }

    private static byte[] CheckStream(int length)
    {
        byte[] data = new byte[length];
        ulong state = 42;
        for (int i = 0; i < data.Length; i++)
        {
            state = unchecked(6_364_136_223_846_793_005 * state + 1_442_695_040_888_963_407);
            data[i] = (byte)(state >> 56);
        }

        return data;
    }

    private static byte[] Expand(byte[] seed, int length)
    {
        byte[] data = new byte[length];
        new Random(seed.Aggregate(17, (sum, value) => unchecked(sum * 31 + value))).NextBytes(data);
        return data;
    }
}
