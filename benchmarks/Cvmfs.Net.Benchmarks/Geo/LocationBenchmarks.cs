using System.Net;
using BenchmarkDotNet.Attributes;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing.Geo;

namespace Cvmfs.Net.Benchmarks.Geo;

/// <summary>Question: what does a look-up in a location database cost, and what does sorting a request's servers? Must allocate nothing for the first.</summary>
/// <remarks>With <c>CVMFSNET_GEO_DATABASE</c> the database is a real one, otherwise one of 4096 networks.</remarks>
[MemoryDiagnoser]
public class LocationBenchmarks
{
    private readonly IPAddress[] _addresses = new IPAddress[1024];
    private readonly GeoPoint?[] _places = new GeoPoint?[20];
    private MaxMindDatabase? _database;
    private int _next;

    [GlobalSetup]
    public async Task OpenAsync()
    {
        var random = new Random(42);
        for (int i = 0; i < _addresses.Length; i++) _addresses[i] = new IPAddress([(byte)random.Next(1, 224), (byte)random.Next(256), (byte)random.Next(256), 1]);
        for (int i = 0; i < _places.Length; i++) _places[i] = new GeoPoint((random.NextDouble() * 180) - 90, (random.NextDouble() * 360) - 180);
        string? file = Environment.GetEnvironmentVariable("CVMFSNET_GEO_DATABASE");
        if (string.IsNullOrEmpty(file))
        {
            var writer = new LocationDatabaseWriter();
            for (int i = 0; i < 4096; i++) writer.Add($"{i >> 4}.{(i & 15) << 4}.0.0/12", (i % 180) - 90, (i % 360) - 180);
            file = Path.GetTempFileName();
            await File.WriteAllBytesAsync(file, writer.ToBytes());
        }

        _database = await MaxMindDatabase.OpenAsync(file);
    }

    [GlobalCleanup]
    public void Close() => _database!.Retire();

    [Benchmark(Baseline = true)]
    public bool LookUp() => _database!.Locate(_addresses[_next++ & 1023]) is not null;

    [Benchmark]
    public int[] SortTwentyServers() => GeoOrder.Sort(new GeoPoint(46, 6), _places);
}
