using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Proxy;

/// <summary>Certificate, those above it and private key, as they were in their files.</summary>
internal static class TlsIdentity
{
    /// <summary>Reads them; null where the settings name none.</summary>
    /// <exception cref="OptionsValidationException">A file cannot be read, or does not hold what it should: it may have changed since it was checked.</exception>
    public static SslStreamCertificateContext? Read(ProxyTlsOptions options)
        => TryRead(options, out var identity) is { } problem ? throw new OptionsValidationException(nameof(ProxyOptions), typeof(ProxyOptions), [problem]) : identity;

    /// <summary>Why they cannot be used; null where they can.</summary>
    public static string? Problem(ProxyTlsOptions options) => TryRead(options, out _);

    private static SslStreamCertificateContext? Load(ProxyTlsOptions options)
    {
        if (options.Certificate.Length == 0) return null;
        var certificate = X509Certificate2.CreateFromPemFile(options.Certificate, options.Key.Length > 0 ? options.Key : null);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(options.Certificate);
        // Offline: nothing is asked of anybody when the proxy starts.
        return SslStreamCertificateContext.Create(certificate, all, offline: true);
    }

    private static string? TryRead(ProxyTlsOptions options, out SslStreamCertificateContext? identity)
    {
        identity = null;
        try
        {
            identity = Load(options);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"Tls:Certificate: {failure.Message}";
        }
        catch (CryptographicException failure)
        {
            string files = options.Key.Length > 0 ? $"{options.Certificate} and {options.Key}" : options.Certificate;
            return $"Tls:Certificate: {files}: no certificate and its key in PEM form: {failure.Message}";
        }
    }
}
