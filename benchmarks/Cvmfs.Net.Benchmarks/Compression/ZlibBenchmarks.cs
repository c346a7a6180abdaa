using System.IO.Compression;
using System.Text;
using BenchmarkDotNet.Attributes;
using ICSharpCode.SharpZipLib.Zip.Compression;
using ICSharpCode.SharpZipLib.Zip.Compression.Streams;

namespace Cvmfs.Net.Benchmarks.Compression;

/// <summary>Question: which zlib reads and writes objects faster, the framework's or SharpZipLib's? Read the ratio.</summary>
[MemoryDiagnoser]
public class ZlibBenchmarks
{
    private byte[] _content = [];
    private byte[] _stored = [];
    private byte[] _buffer = [];

    [Params(4 << 10, 1 << 20)] // a typical script; a large library
    public int ContentBytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _content = Text(ContentBytes, new Random(42));
        _buffer = new byte[64 << 10];
        using var stored = new MemoryStream();
        using (var zlib = new ZLibStream(stored, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(_content);
        _stored = stored.ToArray();
    }

    [Benchmark(Baseline = true)]
    public long InflateFramework()
    {
        using var zlib = new ZLibStream(new MemoryStream(_stored), CompressionMode.Decompress);
        return Drain(zlib);
    }

    [Benchmark]
    public long InflateSharpZipLib()
    {
        using var zlib = new InflaterInputStream(new MemoryStream(_stored));
        return Drain(zlib);
    }

    [Benchmark]
    public long DeflateFramework()
    {
        using var stored = new MemoryStream();
        using (var zlib = new ZLibStream(stored, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(_content);
        return stored.Length;
    }

    [Benchmark]
    public long DeflateSharpZipLib()
    {
        using var stored = new MemoryStream();
        using (var zlib = new DeflaterOutputStream(stored, new Deflater(Deflater.DEFAULT_COMPRESSION)) { IsStreamOwner = false }) zlib.Write(_content);
        return stored.Length;
    }

    private long Drain(Stream zlib)
    {
        long total = 0;
        for (int read; (read = zlib.Read(_buffer, 0, _buffer.Length)) > 0;) total += read;
        return total;
    }

    /// <summary>Words of a small vocabulary: compresses about as program text does, three to one.</summary>
    private static byte[] Text(int bytes, Random random)
    {
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => new string([.. Enumerable.Range(0, 3 + random.Next(8)).Select(_ => (char)('a' + random.Next(26)))]))];
        var text = new StringBuilder(bytes + 16);
        while (text.Length < bytes) text.Append(words[(int)(2000 * Math.Pow(random.NextDouble(), 3))]).Append(random.Next(10) == 0 ? '\n' : ' ');
        return Encoding.ASCII.GetBytes(text.ToString(0, bytes));
    }
}
