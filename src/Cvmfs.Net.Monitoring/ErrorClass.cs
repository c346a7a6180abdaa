namespace Cvmfs.Net.Monitoring;

/// <summary>Why something could not be had from a server. A closed list; <see cref="ErrorClassNames.Name"/> gives the spelling of labels and JSON.</summary>
public enum ErrorClass
{
    /// <summary>Nothing went wrong.</summary>
    None,

    /// <summary>The name does not resolve.</summary>
    Dns,

    /// <summary>The connection was refused or the network is unreachable.</summary>
    ConnectRefused,

    /// <summary>No connection in time.</summary>
    ConnectTimeout,

    /// <summary>No answer in time, or the server's share of time was used up.</summary>
    Timeout,

    /// <summary>TLS could not be agreed on.</summary>
    TlsHandshake,

    /// <summary>The server's TLS certificate is not trusted, expired or for another name.</summary>
    TlsCertificate,

    /// <summary>The connection broke, or the answer breaks HTTP.</summary>
    Reset,

    /// <summary>Too many redirects, or one that leads nowhere.</summary>
    Redirect,

    /// <summary>Status 404 or 410.</summary>
    Http404,

    /// <summary>Status 403.</summary>
    Http403,

    /// <summary>Another status from 400 to 499.</summary>
    Http4xx,

    /// <summary>Status 500 or above.</summary>
    Http5xx,

    /// <summary>The body is longer than such a document may be.</summary>
    TooLarge,

    /// <summary>The body is empty.</summary>
    EmptyBody,

    /// <summary>A web page where a file of CernVM-FS was expected.</summary>
    NotCvmfs,

    /// <summary>The document is no JSON.</summary>
    JsonSyntax,

    /// <summary>JSON, but not of the form of this document.</summary>
    JsonSchema,

    /// <summary>The manifest has not the form of one.</summary>
    ManifestSyntax,

    /// <summary>The manifest's printed hash is not that of its text.</summary>
    ManifestDigest,

    /// <summary>The manifest's signature is wrong, or what it signs is another repository.</summary>
    Signature,

    /// <summary>The publisher's certificate is missing, wrong, or not on the whitelist.</summary>
    Certificate,

    /// <summary>The whitelist is missing, malformed, expired, or not signed by a known key.</summary>
    Whitelist,

    /// <summary>An object does not have the hash of its name.</summary>
    HashMismatch,

    /// <summary>The geo API's answer is no order of the servers that were asked about.</summary>
    GeoInvalid,

    /// <summary>A date that nobody can read.</summary>
    UnparseableDate,

    /// <summary>The server is not of the type it is said to be.</summary>
    TypeMismatch,

    /// <summary>Never asked, for the server's share of time was used up.</summary>
    Cancelled,
}

/// <summary>Spelling of error classes.</summary>
public static class ErrorClassNames
{
    /// <summary>The name in labels and JSON, such as <c>connect_refused</c>; empty for <see cref="ErrorClass.None"/>.</summary>
    public static string Name(this ErrorClass error) => error switch
    {
        ErrorClass.None => "",
        ErrorClass.Dns => "dns",
        ErrorClass.ConnectRefused => "connect_refused",
        ErrorClass.ConnectTimeout => "connect_timeout",
        ErrorClass.Timeout => "timeout",
        ErrorClass.TlsHandshake => "tls_handshake",
        ErrorClass.TlsCertificate => "tls_certificate",
        ErrorClass.Reset => "reset",
        ErrorClass.Redirect => "redirect",
        ErrorClass.Http404 => "http_404",
        ErrorClass.Http403 => "http_403",
        ErrorClass.Http4xx => "http_4xx",
        ErrorClass.Http5xx => "http_5xx",
        ErrorClass.TooLarge => "too_large",
        ErrorClass.EmptyBody => "empty_body",
        ErrorClass.NotCvmfs => "not_cvmfs",
        ErrorClass.JsonSyntax => "json_syntax",
        ErrorClass.JsonSchema => "json_schema",
        ErrorClass.ManifestSyntax => "manifest_syntax",
        ErrorClass.ManifestDigest => "manifest_digest",
        ErrorClass.Signature => "signature",
        ErrorClass.Certificate => "certificate",
        ErrorClass.Whitelist => "whitelist",
        ErrorClass.HashMismatch => "hash_mismatch",
        ErrorClass.GeoInvalid => "geo_invalid",
        ErrorClass.UnparseableDate => "unparseable_date",
        ErrorClass.TypeMismatch => "type_mismatch",
        _ => "cancelled",
    };
}
