namespace Cvmfs.Net.Monitoring;

/// <summary>One document asked of a server.</summary>
/// <param name="Endpoint">Which: <c>repositories</c>, <c>meta</c>, <c>manifest</c>, <c>whitelist</c>, <c>certificate</c>, <c>pkcs7</c>, <c>status</c>.</param>
/// <param name="Url">URL that was asked.</param>
/// <param name="Status">HTTP status; 0 without an answer.</param>
/// <param name="Error">What went wrong with it.</param>
/// <param name="Duration">From the request to the last byte.</param>
/// <param name="Bytes">Body bytes.</param>
/// <param name="FinalUrl">URL that answered, where redirects led elsewhere; otherwise null.</param>
/// <param name="Detail">The error in words; null without one.</param>
public sealed record EndpointReport(string Endpoint, Uri Url, int Status, ErrorClass Error, TimeSpan Duration, long Bytes, Uri? FinalUrl, string? Detail);
