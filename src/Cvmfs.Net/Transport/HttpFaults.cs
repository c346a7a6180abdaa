using System.Net;
using System.Net.Sockets;

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

    /// <summary>A status that is neither the bytes nor their absence.</summary>
    public static CvmfsTransportException FromStatus(string origin, HttpResponseMessage response, DateTimeOffset now)
    {
        var status = response.StatusCode;
        TimeSpan? retryAfter = null;
        if (response.Headers.RetryAfter is { } header)
        {
            retryAfter = header.Delta ?? (header.Date is { } date ? date - now : null);
            if (retryAfter < TimeSpan.Zero) retryAfter = TimeSpan.Zero;
        }

        return new CvmfsTransportException(origin, $"the server answered {(int)status}.", IsTransient(status), status, retryAfter);
    }

    /// <summary>Whether an HTTP intermediary says that the answer is its own complaint and not the server's.</summary>
    public static bool IsProxyComplaint(HttpResponseMessage response)
        => response.Headers.NonValidated.Contains("X-Squid-Error")
            || (response.Headers.NonValidated.TryGetValues("Proxy-Status", out var values)
                && values.ToString().Contains("error=", StringComparison.OrdinalIgnoreCase));

    private static bool IsTransient(HttpStatusCode status)
        => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static (string Message, bool Transient) Describe(HttpRequestError error, Exception fault) => error switch
    {
        // A name that does not exist stays so; a resolver that does not answer may recover.
        HttpRequestError.NameResolutionError => ("the host name cannot be resolved", Socket(fault) != SocketError.HostNotFound),
        HttpRequestError.ConnectionError => ("no connection", true),
        HttpRequestError.SecureConnectionError => ("no secure connection", false),
        HttpRequestError.ProxyTunnelError => ("the proxy made no tunnel", true),
        HttpRequestError.ResponseEnded => ("the answer ended early", true),
        HttpRequestError.InvalidResponse => ("the answer is not HTTP", false),
        HttpRequestError.ConfigurationLimitExceeded => ("the answer's headers are too large", false),
        _ => ("the connection broke", true),
    };

    private static SocketError? Socket(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is SocketException socket) return socket.SocketErrorCode;
        }

        return null;
    }

    private static string Innermost(Exception fault)
    {
        while (fault.InnerException is { } inner) fault = inner;
        return fault.Message;
    }
}
