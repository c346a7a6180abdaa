using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Diagnostics;

public sealed class CvmfsMetricsTests
{
    [Fact]
    public async Task A_transfer_is_measured_with_its_size_kind_and_outcome()
    {
        // Other tests run beside this one and fetch, too: a size that nobody else has tells ours apart.
        byte[] content = new byte[77_777];
        var sizes = new ConcurrentQueue<(long Bytes, string? Outcome, string? Kind)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == CvmfsMetrics.MeterName && instrument.Name == "cvmfs.transfer.size") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, bytes, tags, _) =>
        {
            var named = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string);
            sizes.Enqueue((bytes, named["outcome"], named["object.kind"]));
        });
        listener.Start();

        using var folder = new TempFolder();
        var key = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content), ObjectSuffix.Partial);
        await new FileObjectStore(folder.Path).PutAsync(key, content);
        await using var source = new DirectoryRepositorySource(folder.Path);
        await new VerifiedFetcher(source).FetchAsync(key, new MemoryObjectStore());
        Assert.Contains((77_777, "stored", "chunk"), sizes);
    }
}
