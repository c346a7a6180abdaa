using System.Text;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>An answer that this proxy makes itself: short, never stored, and of a status that leads the client to the right next step.</summary>
/// <remarks>A client takes 403 and 407 for a fault of the proxy and leaves it; 404, 400 and 5xx for a fault of the server and tries the
/// next one. 429 and 503 are never sent: they would blame the server for our load.</remarks>
/// <param name="Status">Status of the answer.</param>
/// <param name="Error">What Proxy-Status says of it.</param>
/// <param name="Reason">The sentence in the body.</param>
internal readonly record struct LocalError(int Status, string Error, string Reason)
{
    public const string ContentType = "text/plain";

    public const string CacheControl = "no-store";

    /// <summary>Value of Proxy-Status.</summary>
    public string ProxyStatus => $"{ErrorAnswer.Name}; error={Error}";

    /// <summary>The body.</summary>
    public byte[] Body => Encoding.ASCII.GetBytes($"{ErrorAnswer.Name}: {Reason}\n");

    /// <summary>A request that is not served.</summary>
    public static LocalError Refusal(int status, string reason) => new(status, "http_request_denied", reason);

    /// <summary>No server gave a usable answer.</summary>
    public static LocalError Of(UpstreamProblem problem)
    {
        // Another way out is the client's best hope, and 403 makes it try one at once.
        if (problem.IsSiteWide) return new(403, "destination_unavailable", "no server can be reached from here");
        int status = problem.Status;
        return problem.Failure switch
        {
            // The server's own words about a status, so that clients treat it as the server's.
            UpstreamFailure.Status when status is >= 400 and < 600 and not (403 or 407 or 429) =>
                new(status, $"http_request_error; received-status={status}", "the server answered with an error"),
            UpstreamFailure.Status => new(502, $"http_request_error; received-status={status}", "the server answered with an unexpected status"),
            UpstreamFailure.Timeout => new(504, "http_response_timeout", "the server did not answer in time"),
            UpstreamFailure.NotPublic => new(403, "destination_ip_prohibited", "the server's address is not public"),
            UpstreamFailure.Unresolvable => new(502, "dns_error", "the server's name does not resolve"),
            UpstreamFailure.Incomplete => new(502, "http_response_incomplete", "the server's answer ended early"),
            UpstreamFailure.Corrupt => new(502, "http_protocol_error", "the server's bytes are not the object"),
            _ => new(502, "destination_unavailable", "the server cannot be reached"),
        };
    }
}
