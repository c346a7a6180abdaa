namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>What is known of an exchange even when it fails in the middle.</summary>
internal sealed class Exchange
{
    public int Status { get; set; }

    public Uri? FinalUrl { get; set; }

    public int Redirects { get; set; }

    public long Bytes { get; set; }

    public TimeSpan? Age { get; set; }

    public string? CacheStatus { get; set; }

    public DateTimeOffset? ServerDate { get; set; }

    public TimeSpan HeadersAfter { get; set; }

    public ErrorClass Error { get; set; }

    public string? Detail { get; set; }

    public void Fail(ErrorClass error, string detail) => (Error, Detail) = (error, detail);

    public void Take(HttpResponseMessage response)
    {
        Status = (int)response.StatusCode;
        Age = response.Headers.Age;
        ServerDate = response.Headers.Date;
        foreach (string name in (string[])["Cache-Status", "X-Cache", "CF-Cache-Status"])
        {
            if (!response.Headers.TryGetValues(name, out var values)) continue;
            string text = string.Join(", ", values);
            CacheStatus = text.Length > 100 ? text[..100] : text;
            break;
        }
    }
}
