using System.Text;
using BenchmarkDotNet.Attributes;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Benchmarks.Hashing;

/// <summary>Question: what do names cost, which are made and read once per object and per path? Nothing here but the path string may allocate.</summary>
[MemoryDiagnoser]
public class HashTextBenchmarks
{
    private readonly ContentHash _hash = ContentHash.Compute(HashAlgorithmId.Shake128, "abc"u8);
    private readonly RepositoryPath _path = RepositoryPath.Parse("/versions/2025.06/software/linux/x86_64/lib/libz.so.1");
    private byte[] _text = [];

    [GlobalSetup]
    public void Print() => _text = Encoding.ASCII.GetBytes(_hash.ToString());

    [Benchmark]
    public bool Parse() => ContentHash.TryParse(_text, out _);

    [Benchmark]
    public string PathOfObject() => ObjectPath.Of(new ObjectKey(_hash, ObjectSuffix.Catalog));

    [Benchmark]
    public PathHash HashOfPath() => _path.Hash;
}
