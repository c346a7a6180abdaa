using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Asks servers for a document until one has an answer of the right form. Thread-safe.</summary>
internal sealed class DocumentFetcher(UpstreamPool upstreams, DocumentLifetimes lifetimes, ProxyDocumentOptions options, TimeProvider clock, ILogger logger)
{
    /// <summary>How long a document stays noted as too long to be kept.</summary>
    private static readonly TimeSpan TooLongLife = TimeSpan.FromMinutes(1);

    /// <summary>Fetches a document whole.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="bypassCaches">Whether caches on the way must ask the server again.</param>
    /// <param name="sinceNews">Time since a manifest of its repository came; null where none is known.</param>
    /// <param name="accept">Checks a manifest further; throws <see cref="CvmfsException"/> to refuse it. Null for no more checks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<(CachedDocument? Document, UpstreamProblem Problem)> FetchAsync(
        ProxyRequest request, bool bypassCaches, TimeSpan? sinceNews, Func<ReadOnlyMemory<byte>, Task>? accept, CancellationToken cancellationToken)
    {
        string? asked = null;
        var plan = upstreams.Candidates(request);
        while (plan.TryNext(out var attempt))
        {
            asked = attempt.Server.Authority;
            try
            {
                long began = clock.GetTimestamp();
                using var answer = await upstreams.SendAsync(attempt, HttpMethod.Get, bypassCaches, null, cancellationToken).ConfigureAwait(false);
                if (answer.Failure != UpstreamFailure.None || !IsSpeaking(answer.Status)) continue;
                var document = await ReadAsync(request, answer, clock.GetElapsedTime(began), sinceNews, cancellationToken).ConfigureAwait(false);
                if (accept is not null && document is { Status: 200, IsTooLong: false }) await accept(document.Body).ConfigureAwait(false);
                upstreams.Succeeded(attempt);
                return (document, default);
            }
            catch (CvmfsException odd) // of another form than asked for, or not to be trusted
            {
                if (odd is CvmfsTrustException distrusted) upstreams.Metrics?.SignatureFailed(request.Repository, distrusted.Failure);
                logger.NotTheDocument(attempt.Url, odd);
                upstreams.Failed(attempt, UpstreamFailure.Corrupt);
            }
            catch (UpstreamException cut)
            {
                upstreams.Failed(attempt, cut.Failure);
            }
        }

        return (null, plan.Problem with { Upstream = asked });
    }

    /// <summary>Whether a status is the server's answer to what was asked, and no error that another server might not have.</summary>
    private static bool IsSpeaking(int status) => status is 200 or 404 or 410 or 400 or 301 or 302 or 303 or 307 or 308;

    private async Task<CachedDocument> ReadAsync(ProxyRequest request, UpstreamAnswer answer, TimeSpan taken, TimeSpan? sinceNews, CancellationToken cancellationToken)
    {
        string url = answer.Attempt.Url;
        if (answer.HasContentCoding) throw new CvmfsFormatException(url, "the body has a content coding that nobody asked for.");
        var now = clock.GetUtcNow();
        var age = DocumentLifetimes.AgeOf(answer, taken, now);
        long arrived = clock.GetTimestamp();
        if (await answer.ReadWholeAsync(options.MaxDocumentBytes, cancellationToken).ConfigureAwait(false) is not { } body)
        {
            return new CachedDocument
            {
                Kind = request.Kind,
                Repository = request.Repository,
                Status = answer.Status,
                Upstream = answer.Attempt.Server.Authority,
                Body = default,
                AgeOnArrival = age,
                ArrivedAt = arrived,
                Lifetime = new DocumentLifetime(TooLongLife),
                IsTooLong = true,
            };
        }

        return new CachedDocument
        {
            Kind = request.Kind,
            Repository = request.Repository,
            Status = answer.Status,
            Upstream = answer.Attempt.Server.Authority,
            Body = body,
            ContentType = answer.Shown("Content-Type"),
            CacheControl = answer.Shown("Cache-Control"),
            ETag = answer.Shown("ETag"),
            LastModified = answer.Shown("Last-Modified"),
            Location = answer.Status is >= 300 and < 400 ? answer.Shown("Location") : null,
            AgeOnArrival = age,
            ArrivedAt = arrived,
            Lifetime = lifetimes.Of(request.Kind, answer, age, sinceNews, now),
            Serial = answer.Status == 200 ? DocumentCheck.Read(request, body, url) : null,
        };
    }
}
