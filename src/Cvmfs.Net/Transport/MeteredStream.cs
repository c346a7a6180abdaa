namespace Cvmfs.Net.Transport;

/// <summary>The body of an answer, read no faster than some limits allow.</summary>
internal sealed class MeteredStream(HttpAnswer answer, IReadOnlyList<ByteRateLimit> limits) : BodyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        foreach (var limit in limits) await limit.WaitAsync(cancellationToken).ConfigureAwait(false);
        int read = await answer.Body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        foreach (var limit in limits) limit.Charge(read);
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await answer.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
