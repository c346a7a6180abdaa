using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Asks a server for everything that says how one repository is there.</summary>
internal sealed class RepositoryScrape(EndpointClient client, ScraperOptions options, Uri baseUrl, RepositoryName name, string path, bool isPassThrough)
{
    // Real ones are below 1 KiB; limits are generous and still far below what could hurt.
    private const int MaxSignedBytes = 64 << 10;
    private const int MaxJsonBytes = 1 << 20;

    /// <summary>Fetches, verifies as far as keys allow, and reports. One broken document spoils no other.</summary>
    public async Task<RepositoryReport> RunAsync()
    {
        var manifest = client.GetAsync("manifest", Url(RootFileNames.Manifest), MaxSignedBytes);
        var whitelist = client.GetAsync("whitelist", Url(RootFileNames.Whitelist), MaxSignedBytes);
        var status = client.GetAsync("status", Url(RootFileNames.Status), MaxJsonBytes);

        var report = new RepositoryReport { Name = name, Path = path, IsPassThrough = isPassThrough, Outcome = RepositoryOutcome.Unreachable };
        report = ReadStatus(report, await status.ConfigureAwait(false));
        var (whitelistBytes, whitelistError, whitelistDetail) = await whitelist.ConfigureAwait(false);
        report = report with { Whitelist = ReadWhitelist(whitelistBytes) };
        var (document, error, detail) = await manifest.ConfigureAwait(false);
        if (document is null)
        {
            bool isAbsent = error is ErrorClass.Http404 or ErrorClass.Http403;
            return report with { Outcome = isAbsent ? RepositoryOutcome.Missing : RepositoryOutcome.Unreachable, Error = error, Detail = detail };
        }

        report = ReadManifest(report, document);
        if (report.Outcome == RepositoryOutcome.Invalid || options.Keys.Count == 0) return report;
        if (whitelistBytes is null) return Refuse(report, RootFileNames.Whitelist, "whitelist", whitelistError == ErrorClass.Http404 ? ErrorClass.Whitelist : whitelistError, whitelistDetail!);
        return await VerifyAsync(report, document, whitelistBytes).ConfigureAwait(false);
    }

    private async Task<RepositoryReport> VerifyAsync(RepositoryReport report, byte[] document, byte[] whitelist)
    {
        if (report.Manifest!.CertificateKey is not { } key) return Refuse(report, RootFileNames.Manifest, "manifest", ErrorClass.Certificate, "the manifest names no certificate");
        string certificateFile = report.Manifest.HasAlternativePaths ? ObjectPath.AlternativeOf(key) : ObjectPath.Of(key);
        var (certificate, error, detail) = await client.GetAsync("certificate", Url(certificateFile), MaxSignedBytes).ConfigureAwait(false);
        if (certificate is null) return report with { Outcome = RepositoryOutcome.Invalid, Error = error == ErrorClass.Http404 ? ErrorClass.Certificate : error, Detail = detail };

        byte[]? pkcs7 = null;
        if (report.Whitelist is { IsPkcs7: true })
        {
            (pkcs7, error, detail) = await client.GetAsync("pkcs7", Url(RootFileNames.Pkcs7Whitelist), MaxSignedBytes).ConfigureAwait(false);
            if (pkcs7 is null) return report with { Outcome = RepositoryOutcome.Invalid, Error = error == ErrorClass.Http404 ? ErrorClass.Whitelist : error, Detail = detail };
        }

        try
        {
            var verified = new ManifestVerifier(options.Keys, options.Blacklist, timeProvider: options.TimeProvider)
                .Verify(name, document, certificate, whitelist, pkcs7);
            return report with { Outcome = RepositoryOutcome.Ok, Verified = verified };
        }
        catch (CvmfsTrustException refused)
        {
            return report with { Outcome = RepositoryOutcome.Invalid, Error = ClassOf(refused.Failure), Detail = refused.Message };
        }
    }

    private RepositoryReport ReadManifest(RepositoryReport report, byte[] document)
    {
        if (LooksLikePage(document)) return Refuse(report, RootFileNames.Manifest, "manifest", ErrorClass.NotCvmfs, "a web page where a manifest was expected");
        try
        {
            var manifest = Manifest.Parse(document, Url(RootFileNames.Manifest).AbsoluteUri);
            report = report with { Manifest = manifest, Outcome = RepositoryOutcome.Unverified };
            if (!SignedLetter.Split(document).IsHashRight)
            {
                return Refuse(report, RootFileNames.Manifest, "manifest", ErrorClass.ManifestDigest, "the manifest's printed hash is not that of its text");
            }

            return manifest.RepositoryName == name.ToString()
                ? report
                : Refuse(report, RootFileNames.Manifest, "manifest", ErrorClass.NameMismatch, $"the manifest is that of \"{manifest.RepositoryName}\"");
        }
        catch (CvmfsFormatException odd)
        {
            return Refuse(report, RootFileNames.Manifest, "manifest", ErrorClass.ManifestSyntax, odd.Message);
        }
    }

    private Whitelist? ReadWhitelist(byte[]? bytes)
    {
        if (bytes is null) return null;
        try
        {
            return Whitelist.Parse(bytes, Url(RootFileNames.Whitelist).AbsoluteUri);
        }
        catch (CvmfsFormatException odd)
        {
            client.Reject("whitelist", Url(RootFileNames.Whitelist), ErrorClass.Whitelist, odd.Message);
            return null;
        }
    }

    private RepositoryReport ReadStatus(RepositoryReport report, Fetched status)
    {
        // A server that has done nothing yet has no such file, and a bucket answers 403 for what is not there.
        if (status.Body is null) return report with { StatusError = status.Error is ErrorClass.Http404 or ErrorClass.Http403 ? ErrorClass.None : status.Error };
        try
        {
            return report with { Status = StatusDocument.Parse(status.Body, Url(RootFileNames.Status).AbsoluteUri) };
        }
        catch (CvmfsFormatException odd)
        {
            client.Reject("status", Url(RootFileNames.Status), ErrorClass.JsonSyntax, odd.Message);
            return report with { StatusError = ErrorClass.JsonSyntax };
        }
    }

    private RepositoryReport Refuse(RepositoryReport report, string file, string endpoint, ErrorClass error, string detail)
    {
        client.Reject(endpoint, Url(file), error, detail);
        return report with { Outcome = RepositoryOutcome.Invalid, Error = error, Detail = detail };
    }

    private Uri Url(string file) => new($"{baseUrl.AbsoluteUri.TrimEnd('/')}{path}/{file}");

    /// <summary>Whether bytes begin as HTML or XML do: a login page, or a bucket's error with a good status.</summary>
    private static bool LooksLikePage(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8).StartsWith("<"u8);

    private static ErrorClass ClassOf(TrustFailure failure) => failure switch
    {
        TrustFailure.BadManifestSignature => ErrorClass.Signature,
        TrustFailure.BadCertificate or TrustFailure.CertificateNotListed or TrustFailure.CertificateBlacklisted or TrustFailure.CertificateChain => ErrorClass.Certificate,
        TrustFailure.ManifestNameMismatch => ErrorClass.NameMismatch,
        _ when failure.ManifestCode() == TrustFailure.WhitelistLoad.ManifestCode() => ErrorClass.Whitelist,
        _ => ErrorClass.ManifestSyntax,
    };
}
