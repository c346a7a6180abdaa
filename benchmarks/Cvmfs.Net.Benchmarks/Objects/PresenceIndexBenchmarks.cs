using BenchmarkDotNet.Attributes;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Benchmarks.Objects;

/// <summary>Question: what does it cost to find out that 10,000 objects are missing from a store, by a question to the file system each, by an
/// index that knows the store, and by one that has to find out first?</summary>
[MemoryDiagnoser]
public class PresenceIndexBenchmarks
{
    private const int Asked = 10_000;

    private string _folder = "";
    private FileObjectStore? _store;
    private PresenceIndex? _index;
    private ObjectKey[] _missing = [];

    [Params(0, 100_000)] // a first snapshot; an increment
    public int Present { get; set; }

    [GlobalSetup]
    public async Task FillAsync()
    {
        _folder = Directory.CreateTempSubdirectory("cvmfs-net-bench-").FullName;
        _store = new FileObjectStore(_folder);
        _store.CreateFolders();
        for (int i = 0; i < Present; i++)
        {
            byte[] content = BitConverter.GetBytes(i);
            await _store.PutAsync(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content)), content);
        }

        _missing = [.. Enumerable.Range(-Asked, Asked).Select(i => new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, BitConverter.GetBytes(i))))];
        _index = new PresenceIndex(_store);
        for (int i = 0; i < 10; i++) await AskKnowing(); // until every folder was read
    }

    [GlobalCleanup]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Benchmark(Baseline = true, OperationsPerInvoke = Asked)]
    public async Task<int> AskFileSystem()
    {
        int present = 0;
        foreach (var key in _missing) present += await _store!.ContainsAsync(key) ? 1 : 0;
        return present;
    }

    [Benchmark(OperationsPerInvoke = Asked)]
    public Task<int> AskKnowing() => AskAsync(_index!);

    [Benchmark(OperationsPerInvoke = Asked)]
    public Task<int> AskFindingOut() => AskAsync(new PresenceIndex(_store!));

    private async Task<int> AskAsync(PresenceIndex index)
    {
        int present = 0;
        foreach (var key in _missing) present += await index.ContainsAsync(key) ? 1 : 0;
        return present;
    }
}
