using System.Globalization;
using System.Net.Http.Headers;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>How long mutable answers live here. Objects are not its business: they live until their room is needed.</summary>
internal sealed class CachePolicy(ProxyOptions options)
{
    /// <summary>Lifetime sent with objects: three days, what the reference server sends.</summary>
    public const string ObjectCacheControl = "max-age=259200";

    /// <summary>Absence is remembered for as long as a storm of requests lasts, and not so long that a new file stays hidden.</summary>
    private static readonly TimeSpan NotFoundLifetime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan GeoLifetime = TimeSpan.FromHours(1);

    private static readonly TimeSpan GeoErrorLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Lifetime of an answer, from its arrival on; zero for "do not keep".</summary>
    public TimeSpan LifetimeOf(RequestKind kind, UpstreamAnswer answer)
    {
        var control = ControlOf(answer);
        if (control is { NoStore: true } or { Private: true } || answer.Header("Set-Cookie") is not null) return TimeSpan.Zero;
        var limit = (kind, answer.Status) switch
        {
            (RequestKind.Geo, 200) => GeoLifetime,
            (RequestKind.Geo, 400) => GeoErrorLifetime,
            (RequestKind.Geo, _) => TimeSpan.Zero,
            (_, 200) => options.Documents.RootFileLifetime,
            (_, 404 or 410) => NotFoundLifetime,
            _ => TimeSpan.Zero,
        };
        if (control is { NoCache: true }) return TimeSpan.Zero;
        if ((control?.SharedMaxAge ?? control?.MaxAge) is not { } life) return limit;

        // What other caches on the way have used up is gone: a root file lives a minute in all, not a minute per hop.
        life -= AgeOf(answer);
        return life < limit ? (life > TimeSpan.Zero ? life : TimeSpan.Zero) : limit;
    }

    /// <summary>What an answer says about being kept; null where it says nothing that can be read.</summary>
    public static CacheControlHeaderValue? ControlOf(UpstreamAnswer answer)
        => CacheControlHeaderValue.TryParse(answer.Header("Cache-Control"), out var control) ? control : null;

    /// <summary>How old an answer says it was when it came.</summary>
    public static TimeSpan AgeOf(UpstreamAnswer answer)
        => uint.TryParse(answer.Header("Age"), NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
}
