using BenchmarkDotNet.Attributes;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Benchmarks.Hashing;

/// <summary>Question: what does each algorithm cost per stored object? Read the ratio to SHA-1, not the time.</summary>
[MemoryDiagnoser]
public class ContentHasherBenchmarks
{
    private byte[] _data = [];

    [Params(4 << 10, 1 << 20)] // a typical script; a large library
    public int ObjectBytes { get; set; }

    [GlobalSetup]
    public void Fill() => new Random(42).NextBytes(_data = new byte[ObjectBytes]);

    [Benchmark(Baseline = true)]
    public ContentHash Sha1() => ContentHash.Compute(HashAlgorithmId.Sha1, _data);

    [Benchmark]
    public ContentHash RipeMd160() => ContentHash.Compute(HashAlgorithmId.RipeMd160, _data);

    [Benchmark]
    public ContentHash Shake128() => ContentHash.Compute(HashAlgorithmId.Shake128, _data);
}
