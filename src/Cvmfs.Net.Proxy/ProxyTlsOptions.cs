namespace Cvmfs.Net.Proxy;

/// <summary>What the proxy shows to clients that ask by <c>https</c>: reverse clients that want encryption, HTTP/2 or both. Real CernVM-FS clients ask by
/// plain HTTP: everything they get is signed or named by its hash.</summary>
public sealed class ProxyTlsOptions
{
    /// <summary>File with the certificate and those between it and the authority, in PEM form. Empty, the default: no <c>https</c>.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>File with the private key, in PEM form, not encrypted. Empty, the default: it is in the file of the certificate.</summary>
    public string Key { get; set; } = "";

    /// <summary>What is wrong with the settings, each as <c>Tls:Setting: …</c>; nothing when they can work. Reads the files.</summary>
    public IEnumerable<string> Validate()
    {
        if (Certificate.Length == 0 && Key.Length > 0) yield return "Tls:Certificate: there is a key and no certificate.";
        if (TlsIdentity.Problem(this) is { } problem) yield return problem;
    }
}
