using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Diagnostics;

public sealed class ServerMetricsTests
{
    [Fact]
    [Conforms("stratum1", 96)]
    public async Task Counts_requests_by_kind_and_status_and_where_answers_came_from()
    {
        await using var server = await TestServer.StartAsync();
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            string name = instrument.Name;
            foreach (var tag in tags) name += $" {tag.Value}";
            counted.AddOrUpdate(name, value, (_, sum) => sum + value);
        });
        foreach (var instrument in server.Server.Metrics.Instruments) listener.EnableMeasurementEvents(instrument);
        string path = "/cvmfs/sw.example.org/" + server.Root.WriteObject("content"u8);
        server.Root.WriteManifest(1);

        for (int i = 0; i < 4; i++) await server.GetAsync(path);
        await server.GetAsync("/cvmfs/sw.example.org/.cvmfspublished");
        await server.GetAsync("/cvmfs/sw.example.org/" + ServedFolder.PathOf("absent"u8));
        await server.GetAsync("/cvmfs/info/v1/meta.json");

        Assert.Equal(4, counted["cvmfs.server.requests object 2xx"]);
        Assert.Equal(1, counted["cvmfs.server.requests root 2xx"]);
        Assert.Equal(1, counted["cvmfs.server.requests object 4xx"]);
        Assert.Equal(2, counted["cvmfs.server.memory.hits"]);
        Assert.Equal(1, counted["cvmfs.server.connections.handed_over"]);
        Assert.True(counted["cvmfs.server.sent"] > 4 * 7);
    }
}
