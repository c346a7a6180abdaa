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

    /// <summary>TLS could not be agreed on, or the certificate is not trusted.</summary>
    Tls,

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

    /// <summary>The manifest has not the form of one.</summary>
    ManifestSyntax,

    /// <summary>The manifest's printed hash is not that of its text.</summary>
    ManifestDigest,

    /// <summary>The manifest's signature is wrong.</summary>
    Signature,

    /// <summary>The publisher's certificate is missing, wrong, or not on the whitelist.</summary>
    Certificate,

    /// <summary>The whitelist is missing, malformed, expired, or not signed by a known key.</summary>
    Whitelist,

    /// <summary>The manifest is that of another repository.</summary>
    NameMismatch,
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
        ErrorClass.Tls => "tls_certificate",
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
        ErrorClass.ManifestSyntax => "manifest_syntax",
        ErrorClass.ManifestDigest => "manifest_digest",
        ErrorClass.Signature => "signature",
        ErrorClass.Certificate => "certificate",
        ErrorClass.Whitelist => "whitelist",
        _ => "name_mismatch",
    };
}
