using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Cvmfs.Net.Monitoring.Tests;

/// <summary>A network of small documents by URL: no sockets, no waiting. What is not there is 404.</summary>
internal sealed class DocumentHandler : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, (HttpStatusCode Status, byte[] Body)> _documents = new(StringComparer.Ordinal);

    /// <summary>URLs that were asked for, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Called before an answer; may throw or wait.</summary>
    public Func<HttpRequestMessage, CancellationToken, Task>? Before { get; set; }

    public DocumentHandler Put(string url, string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        _documents[url] = (status, Encoding.UTF8.GetBytes(body));
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string url = request.RequestUri!.AbsoluteUri;
        Asked.Enqueue(url);
        if (Before is { } before) await before(request, cancellationToken);
        var (status, body) = _documents.TryGetValue(url, out var known) ? known : (HttpStatusCode.NotFound, []);
        return new HttpResponseMessage(status) { Content = new ByteArrayContent(body), RequestMessage = request };
    }
}
