using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Server.Objects;

/// <summary>The two headers that say how long an answer may be kept: Cache-Control, and Expires for proxies that speak HTTP/1.0.</summary>
/// <remarks>The date text is made once a second and shared; formatting it for each object would cost more than finding the object.</remarks>
internal sealed class Lifetime(TimeSpan lifetime, TimeProvider time)
{
    private Moment _expires = new(long.MinValue, "");

    /// <summary>Value of Cache-Control.</summary>
    public string CacheControl { get; } = string.Create(CultureInfo.InvariantCulture, $"public, max-age={(long)lifetime.TotalSeconds}");

    /// <summary>Sets both headers.</summary>
    public void Apply(IHeaderDictionary headers)
    {
        headers.CacheControl = CacheControl;
        headers.Expires = Expires(time.GetUtcNow());
    }

    /// <summary>Value of Expires for an answer that is given now.</summary>
    public string Expires(DateTimeOffset now)
    {
        long second = now.ToUnixTimeSeconds();
        var current = Volatile.Read(ref _expires);
        if (current.Second != second)
        {
            current = new Moment(second, (now + lifetime).ToString("R", CultureInfo.InvariantCulture));
            Volatile.Write(ref _expires, current); // two threads may both make it; either is right
        }

        return current.Text;
    }

    private sealed record Moment(long Second, string Text);
}
