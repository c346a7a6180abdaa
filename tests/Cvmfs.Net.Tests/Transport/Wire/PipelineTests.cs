using System.Collections.Concurrent;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport.Wire;

public sealed class PipelineTests
{
    private static readonly CancellationToken s_test = TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 49)]
    public async Task Requests_are_sent_before_earlier_ones_are_answered_once_the_server_keeps_connections()
    {
        var firstCame = new TaskCompletionSource();
        var answerFirst = new TaskCompletionSource();
        await using var server = new WireServer(async (line, stop) =>
        {
            string first = await line.NextAsync(stop);
            firstCame.SetResult();
            await answerFirst.Task;
            Assert.False(line.HasMore);
            await line.SendAsync(WireServer.Ok(first), stop);
            while (true)
            {
                // Not one answer before four requests have come: without pipelining this waits for ever.
                string[] targets = [await line.NextAsync(stop), await line.NextAsync(stop), await line.NextAsync(stop), await line.NextAsync(stop)];
                foreach (string target in targets) await line.SendAsync(WireServer.Ok(target), stop);
            }
        });
        await using var source = Open(server, connections: 1);
        var asked = Enumerable.Range(0, 9).Select(i => ReadAsync(source, $"file{i}")).ToArray();
        await firstCame.Task;
        answerFirst.SetResult();
        await Task.WhenAll(asked);
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1460)]
    [InlineData(100_000)]
    public async Task Answers_cut_anywhere_into_packets_reach_those_who_asked(int pieceBytes)
    {
        int[] sizes = [0, 1, 5, 100, 4_000, 65_535, 65_536, 65_537, 70_000, 300_000, 3, 0, 20_000, 64, 128_000, 2];
        await using var server = new WireServer(async (line, stop) =>
        {
            while (true)
            {
                int size = int.Parse((await line.NextAsync(stop)).Split('_')[^1]);
                byte[] answer = WireServer.Ok(Bytes(size));
                for (int at = 0; at < answer.Length; at += pieceBytes)
                {
                    // The head in small pieces, and the places around it; a body in pieces of one byte would take minutes and prove no more.
                    if (at > 300 && pieceBytes < 1460) { await line.SendAsync(answer[at..], stop); break; }
                    await line.SendAsync(answer[at..Math.Min(answer.Length, at + pieceBytes)], stop);
                }
            }
        });
        await using var source = Open(server, connections: 2);
        await Task.WhenAll(sizes.Select(async size =>
        {
            Assert.Equal(Bytes(size), await source.ReadRootFileAsync($"size_{size}", cancellationToken: s_test));
        }));
    }

    [Fact]
    public async Task Requests_lost_with_a_connection_are_sent_again_on_another()
    {
        await using var server = new WireServer(async (line, stop) =>
        {
            if (line.Number > 1) await AnswerAllAsync(line, stop);
            await line.SendAsync(WireServer.Ok(await line.NextAsync(stop)), stop);
            string[] targets = [await line.NextAsync(stop), await line.NextAsync(stop), await line.NextAsync(stop)];
            await line.SendAsync(WireServer.Ok(targets[0]), stop); // and that was all
        });
        await using var source = Open(server, connections: 1);
        await ReadAsync(source, "first");
        await Task.WhenAll(ReadAsync(source, "a"), ReadAsync(source, "b"), ReadAsync(source, "c"));
        Assert.Equal(2, server.Connections);
        Assert.Equal(6, server.Targets.Count); // two of them twice
    }

    [Fact]
    public async Task A_server_that_answers_fewer_than_it_was_asked_is_asked_singly_from_then_on()
    {
        int most = 0;
        await using var server = new WireServer(async (line, stop) =>
        {
            // One request of each batch is answered, then the connection ends without a word.
            await line.SendAsync(WireServer.Ok(await line.NextAsync(stop)), stop);
            while (true)
            {
                string target = await line.NextAsync(stop);
                bool hasMore = line.HasMore; // asked before the answer: after it, the next one may rightly be there
                await line.SendAsync(WireServer.Ok(target), stop);
                if (!hasMore) continue;
                Interlocked.Increment(ref most);
                return;
            }
        });
        await using var source = Open(server, connections: 1);
        await ReadAsync(source, "first");
        for (int i = 0; i < 30; i++) await Task.WhenAll(Enumerable.Range(0, 4).Select(j => ReadAsync(source, $"file{i}.{j}")));
        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task A_server_that_ends_connections_after_some_requests_loses_nobody()
    {
        await using var server = new WireServer(async (line, stop) =>
        {
            for (int i = 1; i <= 10; i++) await line.SendAsync(WireServer.Ok(await line.NextAsync(stop), i == 10 ? "Connection: close\r\n" : ""), stop);
        });
        await using var source = Open(server, connections: 2);
        for (int i = 0; i < 20; i++) await Task.WhenAll(Enumerable.Range(0, 20).Select(j => ReadAsync(source, $"file{i}.{j}")));
        // The habit is learned from the first connections: later ones are not sent what they will not answer.
        Assert.InRange(server.Targets.Count, 400, 440);
    }

    [Fact]
    public async Task Answers_in_the_wrong_order_are_found_out_and_nothing_wrong_is_stored()
    {
        var contents = Enumerable.Range(0, 40).Select(i => Encoding.ASCII.GetBytes($"content {i}")).ToArray();
        var keys = contents.Select(content => new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content))).ToArray();
        var byPath = keys.Zip(contents).ToDictionary(pair => $"/cvmfs/x.example.org/{ObjectPath.Of(pair.First)}", pair => pair.Second);
        int swaps = 0;
        await using var server = new WireServer(async (line, stop) =>
        {
            while (true)
            {
                string first = await line.NextAsync(stop);
                string? second = line.HasMore ? await line.NextAsync(stop) : null;
                if (second is not null)
                {
                    Interlocked.Increment(ref swaps);
                    await line.SendAsync(WireServer.Ok(byPath[second]), stop);
                }

                await line.SendAsync(WireServer.Ok(byPath[first]), stop);
            }
        });
        await using var source = Open(server, connections: 1);
        var store = new MemoryObjectStore();
        var fetcher = new VerifiedFetcher(source);
        var outcomes = new ConcurrentBag<bool>();
        await fetcher.FetchAsync(keys[0], store, cancellationToken: s_test);
        await Task.WhenAll(keys.Select(async key =>
        {
            try
            {
                outcomes.Add(await fetcher.FetchAsync(key, store, cancellationToken: s_test) is not null);
            }
            catch (ObjectIntegrityException)
            {
                outcomes.Add(false); // mixed up, and mixed up again
            }
        }));

        Assert.True(swaps > 0);
        for (int i = 0; i < keys.Length; i++) Assert.True(await fetcher.FetchAsync(keys[i], store, cancellationToken: s_test) > 0); // by now singly
        int before = swaps;
        await Task.WhenAll(keys.Select(async key => await fetcher.FetchAsync(key, new MemoryObjectStore(), cancellationToken: s_test)));
        Assert.Equal(before, swaps);
    }

    [Fact]
    public async Task A_connection_that_ended_while_idle_is_replaced_unnoticed()
    {
        await using var server = new WireServer(async (line, stop) => await line.SendAsync(WireServer.Ok(await line.NextAsync(stop)), stop));
        await using var source = Open(server, connections: 1);
        for (int i = 0; i < 5; i++) await ReadAsync(source, $"file{i}");
        Assert.InRange(server.Connections, 2, 5);
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n/cvmfs/x.example.org/a")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n/cvmfs/x.example.org/a")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n/cvmf\r\n011\r\ns/x.example.org/a\r\n0\r\nTrailer: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200\r\nContent-Length:22\r\n\r\n/cvmfs/x.example.org/a")]
    public async Task Bodies_of_every_framing_come_whole(string answer)
    {
        await using var server = new WireServer(async (line, stop) =>
        {
            await line.NextAsync(stop);
            await line.SendAsync(Encoding.ASCII.GetBytes(answer), stop);
        });
        await using var source = Open(server, connections: 1);
        await ReadAsync(source, "a");
    }

    [Fact]
    public async Task A_request_that_is_given_up_takes_no_answer_from_others()
    {
        var gate = new TaskCompletionSource();
        await using var server = new WireServer(async (line, stop) =>
        {
            await line.SendAsync(WireServer.Ok(await line.NextAsync(stop)), stop);
            string[] targets = [await line.NextAsync(stop), await line.NextAsync(stop)];
            await gate.Task;
            foreach (string target in targets) await line.SendAsync(WireServer.Ok(target), stop);
            await AnswerAllAsync(line, stop);
        });
        await using var source = Open(server, connections: 1);
        await ReadAsync(source, "first");
        using var cancelled = new CancellationTokenSource();
        var given = source.OpenRootFileAsync("given-up", cancellationToken: cancelled.Token).AsTask();
        var kept = ReadAsync(source, "kept");
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        gate.SetResult();
        await kept;
        await ReadAsync(source, "later");
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    [Conforms("stratum1", 49)]
    public async Task Sources_that_share_connections_share_their_limits()
    {
        await using var server = new WireServer(AnswerAllAsync);
        await using var connections = new HttpConnections(new HttpConnectionsOptions { MaxConnectionsPerServer = 8, MaxConnections = 3 });
        var options = new HttpRepositorySourceOptions { Connections = connections };
        await using var a = new HttpRepositorySource(new Uri(server.BaseUrl, "/cvmfs/x.example.org"), options);
        await using var b = new HttpRepositorySource(new Uri(server.BaseUrl, "/cvmfs/x.example.org"), options);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => ReadAsync(i % 2 == 0 ? a : b, $"file{i}")));
        Assert.InRange(server.Connections, 1, 3);
        Assert.Equal(server.Connections, connections.Count);
        Assert.True(connections.LimitOf(server.BaseUrl) > 0);
    }

    [Fact]
    public async Task A_proxy_is_named_the_whole_url()
    {
        await using var proxy = new WireServer(AnswerAllAsync);
        await using var source = new HttpRepositorySource(
            new Uri("http://stratum.example.org:8000/cvmfs/x.example.org"), new HttpRepositorySourceOptions { Proxy = new System.Net.WebProxy(proxy.BaseUrl) });
        Assert.Equal("http://stratum.example.org:8000/cvmfs/x.example.org/a"u8.ToArray(), await source.ReadRootFileAsync("a", cancellationToken: s_test));
    }

    [Fact]
    public async Task Closing_ends_what_is_on_its_way()
    {
        var came = new TaskCompletionSource();
        await using var server = new WireServer(async (line, stop) =>
        {
            await line.NextAsync(stop);
            came.SetResult();
            await line.NextAsync(stop); // never
        });
        var source = Open(server, connections: 1);
        var asked = source.OpenRootFileAsync("a", cancellationToken: s_test).AsTask();
        await came.Task;
        await source.DisposeAsync();
        await Assert.ThrowsAsync<CvmfsTransportException>(() => asked);
    }

    private static HttpRepositorySource Open(WireServer server, int connections)
        => new(new Uri(server.BaseUrl, "/cvmfs/x.example.org"), new HttpRepositorySourceOptions { MaxConnections = connections });

    private static async Task ReadAsync(HttpRepositorySource source, string name)
        => Assert.Equal($"/cvmfs/x.example.org/{name}", Encoding.ASCII.GetString((await source.ReadRootFileAsync(name, cancellationToken: s_test))!));

    private static async Task AnswerAllAsync(WireServer.Line line, CancellationToken stop)
    {
        while (true) await line.SendAsync(WireServer.Ok(await line.NextAsync(stop)), stop);
    }

    private static byte[] Bytes(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i * 31 + size))];
}
