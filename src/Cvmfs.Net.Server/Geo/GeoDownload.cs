using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Fetches the archive of a location database.</summary>
/// <remarks>The key goes to the source only: where the publisher redirects to is told by the framework's handler without it. Messages hold the
/// source's address and never that of a redirection, which may be signed.</remarks>
internal sealed class GeoDownload(GeoUpdateOptions options, HttpClient client, TimeProvider time) : IDisposable
{
    private const long MaxBytes = 512 << 20; // ten times today's archive
    private const int BufferBytes = 128 << 10;

    private readonly Uri _url = new($"{options.Source.AbsoluteUri.TrimEnd('/')}/{options.DatabaseName}/download?suffix=tar.gz");

    public void Dispose() => client.Dispose();

    /// <summary>Fetches into a folder. Null and a reason where that fails.</summary>
    /// <exception cref="IOException">The folder cannot take it.</exception>
    public async Task<(string? Archive, string Failure)> FetchAsync(string folder, CancellationToken cancellationToken)
    {
        using var expired = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _url);
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.AccountId}:{options.LicenseKey}")));
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode) return (null, string.Create(CultureInfo.InvariantCulture, $"{_url}: status {(int)response.StatusCode}"));
            if (response.Content.Headers.ContentLength > MaxBytes) return (null, $"{_url}: longer than {MaxBytes} bytes");

            string archive = Path.Combine(folder, "archive.tar.gz");
            using var file = new FileStream(archive, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            using var body = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            byte[] buffer = new byte[BufferBytes];
            long length = 0;
            for (int read; (read = await ReadAsync(body, buffer, either.Token).ConfigureAwait(false)) > 0;)
            {
                if ((length += read) > MaxBytes) return (null, $"{_url}: longer than {MaxBytes} bytes");
                await file.WriteAsync(buffer.AsMemory(0, read), either.Token).ConfigureAwait(false);
            }

            return (archive, "");
        }
        catch (HttpRequestException e)
        {
            return (null, $"{_url}: {e.HttpRequestError}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"{_url}: not complete after {options.Timeout.TotalSeconds} s"));
        }
    }

    /// <summary>An end of the connection in the middle is the publisher's failure and not the folder's.</summary>
    private static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, e.Message, e);
        }
    }
}
