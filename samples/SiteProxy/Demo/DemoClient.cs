using System.Diagnostics;
using System.Net;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Transport.Proxies;
using Cvmfs.Net.Trust;

namespace SiteProxy.Demo;

/// <summary>A client without a cache of its own, which asks for everything through the proxy.</summary>
internal sealed class DemoClient(string server, MasterKeys keys, string proxy) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { Proxy = new WebProxy(proxy) });

    /// <summary>Opens the repository and reads all files but the one that shall be damaged.</summary>
    public async Task<ReadingResult> ReadAllAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int files = 0;
        long bytes = 0;
        await using var repository = await OpenAsync(cancellationToken);
        await foreach (var entry in repository.EnumerateAsync(cancellationToken: cancellationToken))
        {
            if (!entry.Entry.IsFile || entry.Path.ToString() == DemoServer.Damaged) continue;
            bytes += (await repository.ReadAllBytesAsync(entry.Path, cancellationToken: cancellationToken)).Length;
            files++;
        }

        return new ReadingResult(files, bytes, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>The object of a file.</summary>
    public async Task<ObjectKey> ObjectOfAsync(string path, CancellationToken cancellationToken)
    {
        await using var repository = await OpenAsync(cancellationToken);
        var entry = await repository.StatAsync(RepositoryPath.Parse(path), cancellationToken) ?? throw new InvalidDataException($"{path} is not there.");
        return new ObjectKey(entry.Hash, ObjectSuffix.None);
    }

    /// <summary>Asks for one object.</summary>
    /// <returns>Whether the right bytes came, and what came otherwise.</returns>
    public async Task<(bool IsRight, string Answer)> FetchAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync($"{server}/{ObjectPath.Of(key)}", cancellationToken);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            string status = $"{(int)answer.StatusCode}, {body.Length} bytes";
            return (answer.IsSuccessStatusCode && ContentHash.Compute(key.Hash.Algorithm, body) == key.Hash, status);
        }
        catch (HttpRequestException broken)
        {
            return (false, $"the connection was broken off ({broken.Message})");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<CvmfsRepository> OpenAsync(CancellationToken cancellationToken)
    {
        var source = RepositorySource.Open(server, new RepositorySourceOptions { Proxies = ClientProxyList.Parse(proxy) });
        return await CvmfsRepository.OpenAsync(source, new CvmfsRepositoryOptions { Keys = keys }, cancellationToken: cancellationToken);
    }
}
