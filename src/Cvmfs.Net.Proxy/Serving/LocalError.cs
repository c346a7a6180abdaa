using System.Text;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>An answer that this proxy makes itself: short, never stored, and of a status that leads the client to the right next step.</summary>
/// <remarks>A client takes 403 and 407 for a fault of the proxy and leaves it; 404, 400 and 5xx for a fault of the server and tries the
/// next one. 429 and 503 are never made up for content: they would blame the server for our load.</remarks>
/// <param name="Status">Status of the answer.</param>
/// <param name="Error">What Proxy-Status says of it.</param>
/// <param name="Reason">The sentence in the body.</param>
internal readonly record struct LocalError(int Status, string Error, string Reason)
{
    public const string ContentType = "text/plain";

    private const string Received = "received-status=";

    public const string CacheControl = "no-store";

    /// <summary>Value of Proxy-Status. A status that is the server's own word is no error of this proxy, and must not be taken for one:
    /// clients leave a proxy that complains for itself.</summary>
    public string ProxyStatus => Error.StartsWith(Received, StringComparison.Ordinal) ? $"{ErrorAnswer.Name}; {Error}" : $"{ErrorAnswer.Name}; error={Error}";

    /// <summary>The body.</summary>
    public byte[] Body => Encoding.ASCII.GetBytes($"{ErrorAnswer.Name}: {Reason}\n");

    /// <summary>Length of <see cref="Body"/>.</summary>
    public int BodyBytes => ErrorAnswer.Name.Length + Reason.Length + 3;

    /// <summary>A request that is not served.</summary>
    public static LocalError Refusal(int status, string reason) => new(status, "http_request_denied", reason);

    /// <summary>No server gave a usable answer.</summary>
    public static LocalError Of(UpstreamProblem problem)
    {
        int status = problem.Status;
        return problem.Failure switch
        {
            // Another way out is the client's best hope, and 403 makes it try one at once.
            _ when problem.IsSiteWide => new(403, ErrorOf(problem.Failure), "no server can be reached from here"),

            // The server's own words, so that clients treat them as the server's; but for what they would take for ours.
            UpstreamFailure.Status when status is >= 400 and < 600 and not (401 or 403 or 407 or 408 or 410 or 416 or 429) => new(status, $"{Received}{status}", "the server answered with an error"),
            UpstreamFailure.Status when status == 410 => new(404, $"{Received}{status}", "the server has no such thing any more"),
            UpstreamFailure.Status => new(502, $"{Received}{status}", "the server answered with an unexpected status"),
            UpstreamFailure.Timeout => new(504, ErrorOf(problem.Failure), "the server did not answer in time"),
            UpstreamFailure.Busy => new(403, ErrorOf(problem.Failure), "too many requests are on their way to the server"),
            UpstreamFailure.NotPublic => new(403, ErrorOf(problem.Failure), "the server's address is not allowed"),
            UpstreamFailure.Unresolvable => new(502, ErrorOf(problem.Failure), "the server's name does not resolve"),
            UpstreamFailure.Incomplete => new(502, ErrorOf(problem.Failure), "the server's answer ended early"),
            UpstreamFailure.Protocol => new(502, ErrorOf(problem.Failure), "the server's answer breaks HTTP"),
            UpstreamFailure.Corrupt => new(502, ErrorOf(problem.Failure), "the server's bytes are not the object"),
            _ => new(502, ErrorOf(problem.Failure), "the server cannot be reached"),
        };
    }

    /// <summary>The names of RFC 9209, section 2.3.</summary>
    private static string ErrorOf(UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.Timeout => "http_response_timeout",
        UpstreamFailure.Busy => "connection_limit_reached",
        UpstreamFailure.NotPublic => "destination_ip_prohibited",
        UpstreamFailure.Unresolvable => "dns_error",
        UpstreamFailure.Incomplete => "http_response_incomplete",
        UpstreamFailure.Protocol or UpstreamFailure.Corrupt => "http_protocol_error",
        _ => "destination_unavailable",
    };
}
