using System.Globalization;
using System.Security.Cryptography;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>Objects that are slices of one random text: any number of them, made again by name in every process, without memory of their own.</summary>
internal static class SyntheticObjects
{
    /// <summary>Repository that all of them belong to.</summary>
    public const string Repository = "bench.example.org";

    private const int TextBytes = 64 << 20;

    private static readonly Lazy<byte[]> Text = new(() =>
    {
        byte[] text = new byte[TextBytes];
        new Random(5).NextBytes(text);
        return text;
    });

    /// <summary>One object.</summary>
    /// <param name="Path">Path of its URL.</param>
    /// <param name="Offset">Where in the text it begins.</param>
    /// <param name="Length">Bytes.</param>
    /// <param name="Digest">SHA-1 of them.</param>
    public sealed record Item(string Path, int Offset, int Length, byte[] Digest)
    {
        public ReadOnlyMemory<byte> Content => Text.Value.AsMemory(Offset, Length);
    }

    /// <summary>So many objects of a size, different for each name.</summary>
    public static Item[] Same(string name, int count, int bytes) => Make(name, count, _ => bytes);

    /// <summary>So many of 4 to 16 KiB, as most files of software are when they are compressed.</summary>
    public static Item[] Small(string name, int count) => Make(name, count, random => random.Next(4 << 10, 16 << 10));

    /// <summary>So many of all sizes: many small ones, some libraries, few catalogs.</summary>
    public static Item[] Mixed(string name, int count) => Make(name, count, random => random.NextDouble() switch
    {
        < 0.55 => LogNormal(random, 2_500, 1.0, 4 << 20),
        < 0.85 => LogNormal(random, 16_000, 0.9, 4 << 20),
        < 0.98 => LogNormal(random, 200_000, 1.1, 4 << 20),
        < 0.995 => random.Next(1 << 20, 8 << 20),
        _ => LogNormal(random, 400_000, 1.5, 16 << 20),
    });

    /// <summary>The objects of a description such as <c>small:cold-0:20000</c>.</summary>
    public static Item[] Of(string description)
    {
        string[] parts = description.Split(':');
        int count = int.Parse(parts[2], CultureInfo.InvariantCulture);
        return parts[0] switch
        {
            "small" => Small(parts[1], count),
            "mixed" => Mixed(parts[1], count),
            _ => Same(parts[1], count, int.Parse(parts[0], CultureInfo.InvariantCulture)),
        };
    }

    /// <summary>A sequence of places in a list, the first asked for most.</summary>
    public static int[] Zipf(int items, int draws, double exponent, int seed)
    {
        double[] upTo = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++) upTo[i] = sum += 1 / Math.Pow(i + 1, exponent);
        var random = new Random(seed);
        int[] sequence = new int[draws];
        for (int i = 0; i < draws; i++)
        {
            int at = Array.BinarySearch(upTo, random.NextDouble() * sum);
            sequence[i] = Math.Min(at < 0 ? ~at : at, items - 1);
        }

        return sequence;
    }

    private static Item[] Make(string name, int count, Func<Random, int> length)
    {
        var random = new Random(name.Aggregate(17, static (seed, letter) => unchecked((seed * 31) + letter)));
        var items = new Item[count];
        for (int i = 0; i < count; i++)
        {
            int bytes = Math.Max(64, length(random));
            items[i] = new Item("", random.Next(TextBytes - bytes), bytes, []);
        }

        Parallel.For(0, count, i =>
        {
            byte[] digest = SHA1.HashData(items[i].Content.Span);
            string hex = Convert.ToHexStringLower(digest);
            items[i] = items[i] with { Path = $"/cvmfs/{Repository}/data/{hex[..2]}/{hex[2..]}", Digest = digest };
        });
        return items;
    }

    private static int LogNormal(Random random, double median, double sigma, int most)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (int)Math.Min(median * Math.Exp(sigma * normal), most);
    }
}
