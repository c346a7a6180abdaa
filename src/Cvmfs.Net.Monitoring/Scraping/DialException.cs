namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>No connection, and why. Travels through the HTTP handler as an inner exception.</summary>
internal sealed class DialException(ErrorClass error, string message, Exception? inner = null) : IOException(message, inner)
{
    public ErrorClass Error { get; } = error;
}
