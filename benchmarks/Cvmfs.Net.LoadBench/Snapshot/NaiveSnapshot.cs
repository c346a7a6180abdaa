using System.Net;
using System.Security.Cryptography;

namespace Cvmfs.Net.LoadBench.Snapshot;

/// <summary>The stand-in to compare with: all objects by their paths, known beforehand. No catalogs, no trust, no resumption.</summary>
internal static class NaiveSnapshot
{
    public static async Task<long> RunAsync(string origin, string folder, string listFile, int workers)
    {
        var paths = new System.Collections.Concurrent.ConcurrentQueue<string>(await File.ReadAllLinesAsync(listFile));
        long count = paths.Count;
        for (int i = 0; i < 256; i++) Directory.CreateDirectory(Path.Combine(folder, "data", $"{i:x2}"));
        Directory.CreateDirectory(Path.Combine(folder, "data", "txn"));
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = workers, UseProxy = false, AllowAutoRedirect = false });
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async number =>
        {
            await Task.Yield();
            byte[] buffer = new byte[64 << 10];
            string temporary = Path.Combine(folder, "data", "txn", $"{number}");
            while (paths.TryDequeue(out string? path)) await FetchAsync(client, $"{origin}/{path}", Path.Combine(folder, path), temporary, buffer);
        }));
        return count;
    }

    private static async Task FetchAsync(HttpClient client, string url, string target, string temporary, byte[] buffer)
    {
        using var response = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"{url}: {(int)response.StatusCode}");
        await using var body = await response.Content.ReadAsStreamAsync();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            for (int read; (read = await body.ReadAsync(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read));
            }
        }

        string digits = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (!url.EndsWith($"{digits[..2]}/{digits[2..]}", StringComparison.Ordinal) && !url[..^1].EndsWith($"{digits[..2]}/{digits[2..]}", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{url} hashes to {digits}");
        }

        File.Move(temporary, target, overwrite: true);
    }
}
