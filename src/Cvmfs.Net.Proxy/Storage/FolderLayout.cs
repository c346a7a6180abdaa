using System.Globalization;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Where things are in a folder of the cache; the only place that knows.</summary>
/// <remarks><code>
/// lock                     held by the proxy that runs
/// index/00000007.snapshot  every object when log 7 was begun
/// index/00000007.log       what came and went since
/// segments/0000002a        small objects, one behind the other
/// objects/aa/bbcc…         large objects, one a file
/// staging/1                on its way
/// </code></remarks>
internal sealed class FolderLayout(string root)
{
    public const string SnapshotEnding = ".snapshot";
    public const string LogEnding = ".log";

    public string Root => root;

    public string Lock { get; } = Path.Combine(root, "lock");

    public string Index { get; } = Path.Combine(root, "index");

    public string Segments { get; } = Path.Combine(root, "segments");

    public string Objects { get; } = Path.Combine(root, "objects");

    public string Staging { get; } = Path.Combine(root, "staging");

    public string Snapshot(uint number) => Path.Combine(Index, Number(number) + SnapshotEnding);

    public string Log(uint number) => Path.Combine(Index, Number(number) + LogEnding);

    public string Segment(uint number) => Path.Combine(Segments, Number(number));

    public string Staged(long number) => Path.Combine(Staging, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The file of a large object.</summary>
    public string Object(in ContentHash hash)
    {
        string text = hash.ToString();
        return Path.Combine(Objects, text[..2], text[2..]);
    }

    public string ObjectFolder(in ContentHash hash) => Path.Combine(Objects, hash.FirstByte.ToString("x2", CultureInfo.InvariantCulture));

    /// <summary>The object of a file in a folder below <see cref="Objects"/>. False for what nobody here has named so.</summary>
    public static bool TryObject(string folder, string name, out ContentHash hash)
    {
        hash = default;
        return folder.Length == 2 && ContentHash.TryParse(folder + name, out hash);
    }

    /// <summary>Numbers of the files of one kind in a folder, in order.</summary>
    public static List<uint> NumbersOf(IEnumerable<string> names, string ending)
    {
        var numbers = new List<uint>();
        foreach (string name in names)
        {
            if (name.Length == 8 + ending.Length && name.EndsWith(ending, StringComparison.Ordinal)
                && uint.TryParse(name.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number) && number > 0)
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    private static string Number(uint number) => number.ToString("x8", CultureInfo.InvariantCulture);
}
