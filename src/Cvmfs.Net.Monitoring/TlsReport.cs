namespace Cvmfs.Net.Monitoring;

/// <summary>TLS of a server.</summary>
/// <param name="Version">Such as <c>1.3</c>.</param>
/// <param name="NotBefore">Begin of the server's certificate.</param>
/// <param name="NotAfter">Earliest end in the chain.</param>
/// <param name="Subject">Whom the certificate names.</param>
/// <param name="Issuer">Who issued it.</param>
/// <param name="IsTrusted">Whether this machine trusts it for the server's name.</param>
public sealed record TlsReport(string Version, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Subject, string Issuer, bool IsTrusted);
