namespace Cvmfs.Net.Transport;

/// <summary>Sends a request and waits for the head of its answer, whatever that says. Thread-safe.</summary>
internal abstract class HttpExchanger : IAsyncDisposable
{
    /// <summary>Sends.</summary>
    /// <returns>The answer, which the caller disposes.</returns>
    /// <exception cref="CvmfsTransportException">There is no answer.</exception>
    public abstract ValueTask<HttpAnswer> SendAsync(HttpAsk ask, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
