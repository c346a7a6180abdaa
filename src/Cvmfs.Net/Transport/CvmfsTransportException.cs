using System.Net;

namespace Cvmfs.Net.Transport;

/// <summary>A source could not be reached, or did not answer with the bytes or their absence.</summary>
public sealed class CvmfsTransportException : CvmfsException
{
    private readonly string _what;

    /// <summary>Creates the exception.</summary>
    /// <param name="origin">URL or file that was asked.</param>
    /// <param name="message">What happened.</param>
    /// <param name="isTransient">Whether the same request may succeed later.</param>
    /// <param name="status">HTTP status, if there was one.</param>
    /// <param name="retryAfter">How long the server asked to wait, if it did.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public CvmfsTransportException(
        string origin, string message, bool isTransient, HttpStatusCode? status = null, TimeSpan? retryAfter = null, Exception? innerException = null)
        : base($"{origin}: {message}", innerException)
        => (Origin, IsTransient, Status, RetryAfter, _what) = (origin, isTransient, status, retryAfter, message);

    /// <summary>URL or file that was asked.</summary>
    public string Origin { get; }

    /// <summary>Whether the same request may succeed later; only such failures are retried.</summary>
    public bool IsTransient { get; }

    /// <summary>HTTP status, if there was one.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>What kind of failure it is. Default: what the status says.</summary>
    public TransferFault Fault
    {
        get => field != TransferFault.Other ? field : FaultOf(Status);
        init;
    }

    /// <summary>Whether a proxy said this for itself, and the server has said nothing.</summary>
    internal bool IsProxyComplaint { get; init; }

    /// <summary>How long the server asked to wait (429, 503), if it did.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The same failure, told of another request that it hit.</summary>
    internal CvmfsTransportException For(string origin)
        => origin == Origin ? this : new CvmfsTransportException(origin, _what, IsTransient, Status, RetryAfter, InnerException) { Fault = Fault, IsProxyComplaint = IsProxyComplaint };

    private static TransferFault FaultOf(HttpStatusCode? status) => status switch
    {
        HttpStatusCode.TooManyRequests => TransferFault.TooManyRequests,
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => TransferFault.ServerError,
        _ => TransferFault.Other,
    };
}
