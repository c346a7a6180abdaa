using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>An answer that what is here is still right, as the answer that it stands for: fields that it does not repeat are those of the known one.</summary>
/// <remarks>Rules from RFC 9111, sections 3.2 and 4.3.4. Its answer is disposed by whoever asked.</remarks>
internal sealed class UnchangedAnswer(UpstreamAnswer answer, CachedDocument known) : UpstreamAnswer(answer.Attempt)
{
    public override int Status => known.Status;

    public override long? ContentLength => known.Body.Length;

    public override string? Header(string name) => answer.Header(name) ?? name switch
    {
        "Content-Type" => known.ContentType,
        // One that is repeated stands for all that was said before of how long it lives.
        "Cache-Control" => answer.Header("Expires") is null ? known.CacheControl : null,
        "ETag" => known.ETag,
        "Last-Modified" => known.LastModified,
        _ => null,
    };

    /// <summary>Whether it speaks of the known version, as far as it says.</summary>
    public bool IsOf(CachedDocument document) => Same(answer.Header("ETag"), document.ETag)
        && (document.ETag is not null || Same(answer.Header("Last-Modified"), document.LastModified));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => new(0);

    public override void Dispose()
    {
    }

    private static bool Same(string? said, string? known) => said is null || said == known;
}
