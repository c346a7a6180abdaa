using System.Globalization;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>What a <c>Cache-Control</c> field says, of a request or of an answer.</summary>
/// <remarks>Directives with arguments that name fields count as the ones without: more careful than asked for. What cannot be read, or says
/// two things, is <see cref="IsAmbiguous"/> and makes an answer stale.</remarks>
internal readonly record struct CacheDirectives
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(int.MaxValue); // what larger numbers count as

    public bool NoStore { get; private init; }

    public bool NoCache { get; private init; }

    public bool IsPrivate { get; private init; }

    public bool MustRevalidate { get; private init; }

    public bool OnlyIfCached { get; private init; }

    public bool IsImmutable { get; private init; }

    /// <summary>An age was said twice differently, or not as a number.</summary>
    public bool IsAmbiguous { get; private init; }

    public TimeSpan? MaxAge { get; private init; }

    public TimeSpan? SharedMaxAge { get; private init; }

    public TimeSpan? MinFresh { get; private init; }

    /// <summary>How much too old an answer may be; everything where the directive has no number.</summary>
    public TimeSpan? MaxStale { get; private init; }

    public TimeSpan? StaleIfError { get; private init; }

    public TimeSpan? StaleWhileRevalidate { get; private init; }

    /// <summary>Directives of a client that saw bad bytes and asks past all caches.</summary>
    public static CacheDirectives Refresh { get; } = new() { NoCache = true };

    /// <summary>Reads the fields of a request or an answer; several fields of a name are joined by commas.</summary>
    /// <param name="control">Value of <c>Cache-Control</c>; null for none.</param>
    /// <param name="pragma">Value of <c>Pragma</c>, which counts only where there is no <c>Cache-Control</c>.</param>
    public static CacheDirectives Parse(string? control, string? pragma = null)
    {
        var found = new CacheDirectives();
        if (string.IsNullOrEmpty(control)) return new CacheDirectives { NoCache = pragma?.Contains("no-cache", StringComparison.OrdinalIgnoreCase) == true };
        for (var rest = control.AsSpan(); !rest.IsEmpty;)
        {
            int end = EndOf(rest);
            var directive = rest[..end].Trim();
            rest = end < rest.Length ? rest[(end + 1)..] : default;
            int equals = directive.IndexOf('=');
            found = equals < 0 ? found.With(directive, null) : found.With(directive[..equals], directive[(equals + 1)..].Trim('"'));
        }

        return found;
    }

    private CacheDirectives With(ReadOnlySpan<char> name, ReadOnlySpan<char> argument)
    {
        Span<char> lower = stackalloc char[24];
        if (name.Length > lower.Length || name.ToLowerInvariant(lower) < 0) return this;
        return lower[..name.Length] switch
        {
            "no-store" => this with { NoStore = true },
            "no-cache" => this with { NoCache = true },
            "private" => this with { IsPrivate = true },
            "must-revalidate" or "proxy-revalidate" => this with { MustRevalidate = true },
            "only-if-cached" => this with { OnlyIfCached = true },
            "immutable" => this with { IsImmutable = true },
            "max-age" => this with { MaxAge = Read(argument), IsAmbiguous = IsAmbiguous || Differs(MaxAge, argument) },
            "s-maxage" => this with { SharedMaxAge = Read(argument), IsAmbiguous = IsAmbiguous || Differs(SharedMaxAge, argument) },
            "min-fresh" => this with { MinFresh = Read(argument) },
            "max-stale" => this with { MaxStale = argument.IsEmpty ? Longest : Read(argument) },
            "stale-if-error" => this with { StaleIfError = Read(argument) },
            "stale-while-revalidate" => this with { StaleWhileRevalidate = Read(argument) },
            _ => this,
        };
    }

    private static bool Differs(TimeSpan? known, ReadOnlySpan<char> argument) => Read(argument) is not { } read || (known is { } before && before != read);

    private static TimeSpan? Read(ReadOnlySpan<char> digits)
    {
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9')) return null;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds) : Longest;
    }

    /// <summary>Where the first directive ends: at a comma outside of quotes.</summary>
    private static int EndOf(ReadOnlySpan<char> text)
    {
        bool quoted = false;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '"') quoted = !quoted;
            else if (text[at] == ',' && !quoted) return at;
        }

        return text.Length;
    }
}
