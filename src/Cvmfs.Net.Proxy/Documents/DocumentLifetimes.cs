using System.Globalization;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>How long answers that may change live here. Objects are not its business: they live until their room is needed.</summary>
internal sealed class DocumentLifetimes(ProxyDocumentOptions options)
{
    /// <summary>An expired document goes on being shown this long while its successor is on the way.</summary>
    public static readonly TimeSpan Bridge = TimeSpan.FromSeconds(5);

    /// <summary>Absence of a file is remembered for as long as a storm of requests lasts, and not so long that a new file stays hidden.</summary>
    public static readonly TimeSpan Absence = TimeSpan.FromSeconds(5);

    /// <summary>Absence of a repository.</summary>
    private static readonly TimeSpan RepositoryAbsence = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LongestGeo = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestGeoError = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongestScript = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestExternal = TimeSpan.FromDays(30);

    /// <summary>Lifetime of an answer, from its arrival on.</summary>
    /// <param name="kind">What was asked for.</param>
    /// <param name="answer">Head of the answer.</param>
    /// <param name="age">Age on arrival.</param>
    /// <param name="sinceNews">Time since a manifest of the repository came; null where none is known. Absence lives no longer.</param>
    /// <param name="now">Time of arrival.</param>
    public DocumentLifetime Of(RequestKind kind, UpstreamAnswer answer, TimeSpan age, TimeSpan? sinceNews, DateTimeOffset now)
    {
        var control = CacheDirectives.Parse(answer.Header("Cache-Control"), answer.Header("Pragma"));
        if (control.NoStore || control.IsPrivate || control.NoCache || control.IsAmbiguous) return DocumentLifetime.None;
        if (answer.Header("Set-Cookie") is not null || answer.Header("Vary")?.Contains('*', StringComparison.Ordinal) == true) return DocumentLifetime.None;
        var said = Said(control, answer, now);
        var life = (kind, answer.Status) switch
        {
            (RequestKind.Geo, 200) => Least(said, LongestGeo),
            (RequestKind.Geo, 400) => Least(said, LongestGeoError),
            (RequestKind.External, 200) => Least(said ?? TimeSpan.Zero, LongestExternal),
            (RequestKind.ProxyScript, 200) => Least(said ?? TimeSpan.Zero, LongestScript),
            (RequestKind.External or RequestKind.ProxyScript or RequestKind.Geo, _) => TimeSpan.Zero,
            (RequestKind.Manifest, 404 or 410) => Least(sinceNews, RepositoryAbsence),
            (_, 404 or 410) => Least(sinceNews, Absence),
            (_, 200) => Least(said, options.RootFileLifetime),
            _ => TimeSpan.Zero,
        };

        // What other caches on the way have used up is gone: a root file lives a minute in all, not a minute per hop.
        life -= age;
        if (life <= TimeSpan.Zero && answer.Status != 200) return DocumentLifetime.None;
        return life > TimeSpan.Zero || IsRootFile(kind) ? WithLeave(kind, answer.Status, life > TimeSpan.Zero ? life : TimeSpan.Zero, control) : DocumentLifetime.None;
    }

    /// <summary>Age of an answer on arrival: what it says, or what its date says, whichever is more, and the time it took to come.</summary>
    public static TimeSpan AgeOf(UpstreamAnswer answer, TimeSpan taken, DateTimeOffset now)
    {
        var said = uint.TryParse(answer.Header("Age"), NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        var corrected = said + taken;
        var apparent = ReadDate(answer.Header("Date")) is { } date ? now - date : TimeSpan.Zero;
        return apparent > corrected ? apparent : corrected;
    }

    private static bool IsRootFile(RequestKind kind) => kind is RequestKind.Manifest or RequestKind.Whitelist or RequestKind.RootFile or RequestKind.ServerDocument;

    /// <summary>How far past its life an answer may be shown.</summary>
    private DocumentLifetime WithLeave(RequestKind kind, int status, TimeSpan life, CacheDirectives control)
    {
        if (status != 200) return new(life);
        double refreshFrom = control.IsImmutable ? 1 : options.RefreshFrom;
        if (control.MustRevalidate) return new(life, RefreshFrom: refreshFrom);
        return kind is RequestKind.External or RequestKind.ProxyScript
            ? new(life, Least(control.StaleWhileRevalidate ?? TimeSpan.Zero, options.StaleIfError), Least(control.StaleIfError ?? TimeSpan.Zero, options.StaleIfError))
            : new(life, Bridge, options.StaleIfError, refreshFrom);
    }

    /// <summary>The explicit lifetime; null where nothing is said, zero where it cannot be read.</summary>
    private static TimeSpan? Said(CacheDirectives control, UpstreamAnswer answer, DateTimeOffset now)
    {
        if ((control.SharedMaxAge ?? control.MaxAge) is { } life) return life;
        if (answer.Header("Expires") is not { } expires) return null;
        if (ReadDate(expires) is not { } end) return TimeSpan.Zero;
        var left = end - (ReadDate(answer.Header("Date")) ?? now);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static TimeSpan Least(TimeSpan? one, TimeSpan other) => one < other ? one.Value : other;

    /// <summary>Reads a date as HTTP writes it; null where it is none.</summary>
    public static DateTimeOffset? ReadDate(string? text)
        => DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
}
