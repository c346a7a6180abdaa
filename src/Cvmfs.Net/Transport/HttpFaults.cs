using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Transport;

/// <summary>Turns what can go wrong on the wire into one exception that says whether trying again makes sense.</summary>
internal static class HttpFaults
{
    /// <summary>The fault behind a thrown exception.</summary>
    public static CvmfsTransportException FromException(string origin, Exception fault)
    {
        var error = fault switch
        {
            HttpRequestException request => request.HttpRequestError,
            HttpIOException io => io.HttpRequestError,
            _ => HttpRequestError.Unknown,
        };
        var (message, transient) = Describe(error, fault);
        return new CvmfsTransportException(origin, $"{message}: {Innermost(fault)}", transient, innerException: fault)
        {
            Fault = error switch
            {
                HttpRequestError.NameResolutionError => TransferFault.NameResolution,
                HttpRequestError.ResponseEnded => TransferFault.Short,
                HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => TransferFault.Other,
                _ => TransferFault.Connection,
            },
        };
    }

    /// <summary>Nothing came for too long.</summary>
    public static CvmfsTransportException Stalled(string origin, TimeSpan timeout)
        => new(origin, $"not a byte for {timeout.TotalSeconds:0.###} s.", isTransient: true, innerException: new TimeoutException())
        {
            Fault = TransferFault.Stall,
        };

    /// <summary>It came, but hardly.</summary>
    public static CvmfsTransportException TooSlow(string origin, long bytes, TimeSpan over, int least)
        => new(origin, $"too slow: {bytes} bytes in {over.TotalSeconds:0.###} s, expected at least {least} per second.", isTransient: true,
            innerException: new TimeoutException())
        {
            Fault = TransferFault.Stall,
        };

    /// <summary>The server closed the connection before or inside an answer's head.</summary>
    public static CvmfsTransportException EndedEarly(string origin) => new(origin, "the answer ended early: the server closed the connection.", isTransient: true) { Fault = TransferFault.Short };

    /// <summary>The server closed the connection inside a body.</summary>
    public static CvmfsTransportException Short(string origin, long received, long announced)
        => new(origin, $"ended after {received} of {announced} bytes.", isTransient: true) { Fault = TransferFault.Short };

    /// <summary>Something answers that does not speak HTTP/1.</summary>
    public static CvmfsTransportException NotHttp(string origin) => new(origin, "the answer is not HTTP/1.", isTransient: false);

    /// <summary>A head without end.</summary>
    public static CvmfsTransportException HeadTooLarge(string origin)
        => new(origin, $"the answer's head is longer than {ResponseHeadParser.MaxHeadBytes} bytes.", isTransient: false);

    /// <summary>There is no connection.</summary>
    public static CvmfsTransportException NotConnected(string origin, SocketException fault)
    {
        bool isName = fault.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain;
        return new(origin, (isName ? "the host name cannot be resolved: " : "no connection: ") + fault.Message, isTransient: true, innerException: fault)
        {
            Fault = isName ? TransferFault.NameResolution : TransferFault.Connection,
        };
    }

    /// <summary>A status that is neither the bytes nor their absence.</summary>
    public static CvmfsTransportException FromStatus(string origin, ResponseHead head, DateTimeOffset now)
    {
        var status = (HttpStatusCode)head.Status;
        TimeSpan? retryAfter = null;
        if (RetryConditionHeaderValue.TryParse(head.RetryAfter, out var header))
        {
            retryAfter = header.Delta ?? (header.Date is { } date ? date - now : null);
            if (retryAfter < TimeSpan.Zero) retryAfter = TimeSpan.Zero;
        }

        return new CvmfsTransportException(origin, $"the server answered {(int)status}.", IsTransient(status), status, retryAfter);
    }

    private static bool IsTransient(HttpStatusCode status)
        => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static (string Message, bool Transient) Describe(HttpRequestError error, Exception fault) => error switch
    {
        HttpRequestError.NameResolutionError => ("the host name cannot be resolved", true), // resolvers fail for moments, and say "no such host" then
        HttpRequestError.ConnectionError => ("no connection", true),
        HttpRequestError.SecureConnectionError => ("no secure connection", false),
        HttpRequestError.ProxyTunnelError => ("the proxy made no tunnel", true),
        HttpRequestError.ResponseEnded => ("the answer ended early", true),
        HttpRequestError.InvalidResponse => ("the answer is not HTTP", false),
        HttpRequestError.ConfigurationLimitExceeded => ("the answer's headers are too large", false),
        _ => ("the connection broke", true),
    };

    private static string Innermost(Exception fault)
    {
        while (fault.InnerException is { } inner) fault = inner;
        return fault.Message;
    }
}
