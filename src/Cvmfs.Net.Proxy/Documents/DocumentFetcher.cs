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

    /// <summary>A file that is this much older than its answer is no longer being written.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    /// <summary>Fetches a document whole, or has its server say that the one which is here is still right.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="known">The document that is here, of any age; null for none.</param>
    /// <param name="bypassCaches">Whether caches on the way must ask the server again.</param>
    /// <param name="sinceNews">Time since a manifest of its repository came; null where none is known.</param>
    /// <param name="accept">Checks a manifest further; throws <see cref="CvmfsException"/> to refuse it. Null for no more checks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<(CachedDocument? Document, UpstreamProblem Problem)> FetchAsync(
        ProxyRequest request, CachedDocument? known, bool bypassCaches, TimeSpan? sinceNews, Func<ReadOnlyMemory<byte>, Task>? accept, CancellationToken cancellationToken)
    {
        string? asked = null;
        var plan = upstreams.Candidates(request);
        while (plan.TryNext(out var attempt))
        {
            asked = attempt.Server.Authority;
            try
            {
                if (!bypassCaches) SetConditions(attempt, known);
                long began = clock.GetTimestamp();
                using var answer = await upstreams.SendAsync(attempt, HttpMethod.Get, bypassCaches, null, cancellationToken).ConfigureAwait(false);
                bool isUnchanged = answer.Status == 304 && attempt.IsConditional;
                if (answer.Failure != UpstreamFailure.None || (!IsSpeaking(answer.Status) && !isUnchanged)) continue;
                var taken = clock.GetElapsedTime(began);
                var document = isUnchanged
                    ? Renew(request, new UnchangedAnswer(answer, known!), known!, taken, sinceNews)
                    : await ReadAsync(request, answer, taken, sinceNews, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Asks for the body only if it is another, of the server that sent the known one and of no other: tags are each server's own. Whoever
    /// asks past caches, and whoever asks again because bytes were wrong, gets the whole.</summary>
    private static void SetConditions(UpstreamAttempt attempt, CachedDocument? known)
    {
        if (known is not { Status: 200, IsTooLong: false, IsSettled: true } || known.Kind == RequestKind.Geo) return;
        if (attempt.BypassCaches || known.Upstream != attempt.Server.Authority) return;
        (attempt.IfNoneMatch, attempt.IfModifiedSince) = (known.ETag, known.LastModified);
    }

    /// <summary>The known document, with the age and lifetime that the server now gives it.</summary>
    /// <exception cref="CvmfsFormatException">The server speaks of another version.</exception>
    private CachedDocument Renew(ProxyRequest request, UnchangedAnswer answer, CachedDocument known, TimeSpan taken, TimeSpan? sinceNews)
    {
        string url = answer.Attempt.Url;
        if (!answer.IsOf(known)) throw new CvmfsFormatException(url, $"answered 304 with the tag {answer.Shown("ETag")}, expected {known.ETag}.");
        var now = clock.GetUtcNow();
        var age = DocumentLifetimes.AgeOf(answer, taken, now);
        return new CachedDocument
        {
            Kind = request.Kind,
            Repository = request.Repository,
            Status = known.Status,
            Upstream = known.Upstream,
            Body = known.Body,
            ContentType = answer.Shown("Content-Type"),
            CacheControl = answer.Shown("Cache-Control"),
            ETag = known.ETag,
            LastModified = known.LastModified,
            AgeOnArrival = age,
            ArrivedAt = clock.GetTimestamp(),
            Lifetime = lifetimes.Of(request.Kind, answer, age, sinceNews, now),
            Serial = known.Serial,
            IsSettled = true,
            IsRevalidated = true,
        };
    }

    /// <summary>Whether an answer with this head says enough to be asked for again by condition.</summary>
    private static bool IsSettled(UpstreamAnswer answer, DateTimeOffset now)
        => DocumentLifetimes.ReadDate(answer.Shown("Last-Modified")) is not { } written
            ? answer.Shown("ETag") is not null
            : (DocumentLifetimes.ReadDate(answer.Header("Date")) ?? now) - written >= Settling;

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
            IsSettled = IsSettled(answer, now),
            Serial = answer.Status == 200 ? DocumentCheck.Read(request, body, url) : null,
        };
    }
}
