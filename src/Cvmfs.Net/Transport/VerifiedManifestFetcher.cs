using System.Net;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Transport;

/// <summary>Brings a repository's current statement, verified: manifest, certificate, whitelist and, where demanded, its PKCS#7 document.</summary>
/// <remarks>Each of them has at most 1 MiB. Costs two requests with a certificate that is at hand, three without. Thread-safe.</remarks>
public sealed class VerifiedManifestFetcher
{
    private const int MaxDocumentBytes = RepositorySource.MaxInMemoryBytes;

    private readonly IRepositorySource _source;
    private readonly RepositoryName _repository;
    private readonly ManifestVerifier _verifier;
    private readonly IObjectStore? _certificates;
    private readonly VerifiedFetcher _objects;
    private readonly ILogger _logger;

    /// <summary>Creates a fetcher for repositories that need no certificate authorities.</summary>
    /// <param name="source">Where the documents come from; not owned.</param>
    /// <param name="repository">The repository that is expected there.</param>
    /// <param name="keys">Master keys.</param>
    /// <param name="blacklist">What is refused although it is signed; default nothing.</param>
    /// <param name="timeProvider">The clock for the whitelist's expiry; default the system's.</param>
    public VerifiedManifestFetcher(
        IRepositorySource source, RepositoryName repository, MasterKeys keys, Blacklist? blacklist = null, TimeProvider? timeProvider = null)
        : this(source, repository, new ManifestVerifier(keys, blacklist, timeProvider: timeProvider))
    {
    }

    /// <summary>Creates a fetcher.</summary>
    /// <param name="source">Where the documents come from; not owned. With several servers behind it, bad content makes another one be asked, once.</param>
    /// <param name="repository">The repository that is expected there.</param>
    /// <param name="verifier">Decides.</param>
    /// <param name="certificates">A store to take the certificate from when it is there already; nothing is written to it.</param>
    /// <param name="logger">Hears of content that was refused.</param>
    /// <exception cref="ArgumentException">There is no repository name.</exception>
    public VerifiedManifestFetcher(
        IRepositorySource source, RepositoryName repository, ManifestVerifier verifier, IObjectStore? certificates = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(verifier);
        if (repository.IsEmpty) throw new ArgumentException("The expected repository's name is needed.", nameof(repository));
        (_source, _repository, _verifier, _certificates) = (source, repository, verifier, certificates);
        _logger = logger ?? NullLogger.Instance;
        _objects = new VerifiedFetcher(source, logger: logger);
    }

    /// <summary>Fetches and verifies.</summary>
    /// <param name="minimumTimestamp">Unix seconds; a manifest signed before is refused as outdated. 0 for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsTrustException">What came cannot be believed.</exception>
    /// <exception cref="CvmfsTransportException">No server could be reached, or none has the manifest or its certificate.</exception>
    public async Task<VerifiedManifest> FetchAsync(ulong minimumTimestamp = 0, CancellationToken cancellationToken = default)
    {
        var run = new Run(this);
        try
        {
            return await run.FetchAsync(minimumTimestamp, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsTrustException refused) when (refused.Failure.IsWorthAnotherHost() && _source.TryLeave(run.Origin))
        {
            LogMessages.StatementRefused(_logger, run.Origin, refused.Failure, refused.Message);
        }

        return await new Run(this).FetchAsync(minimumTimestamp, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One pass through the documents.</summary>
    private sealed class Run(VerifiedManifestFetcher owner)
    {
        /// <summary>Where the document came from that was looked at last: the one to leave if it is bad.</summary>
        public string Origin { get; private set; } = owner._source.Origin;

        public async Task<VerifiedManifest> FetchAsync(ulong minimumTimestamp, CancellationToken cancellationToken)
        {
            // Each is verified on its own, so that they need not wait for each other. Slightly out of step in time they may be anyway.
            var manifestTask = ReadAsync(RootFileNames.Manifest, cancellationToken);
            var whitelistTask = ReadAsync(RootFileNames.Whitelist, cancellationToken);
            await Task.WhenAll(manifestTask, whitelistTask).ConfigureAwait(false);
            var manifestFile = await manifestTask.ConfigureAwait(false);
            var whitelistFile = await whitelistTask.ConfigureAwait(false);

            if (manifestFile is null) throw Absent(RootFileNames.Manifest);
            var manifest = ManifestVerifier.CheckStatement(owner._repository, Content(manifestFile, TrustFailure.ManifestIncomplete), minimumTimestamp);
            byte[] certificateObject = await ReadCertificateAsync(manifest, cancellationToken).ConfigureAwait(false);
            byte[] certificate = ManifestVerifier.CheckSignature(manifest, certificateObject);

            if (whitelistFile is null)
            {
                throw new CvmfsTrustException(TrustFailure.WhitelistLoad, $"{owner._source.Origin} has no {RootFileNames.Whitelist}.");
            }

            byte[] whitelist = Content(whitelistFile, TrustFailure.WhitelistMalformed);
            byte[]? pkcs7 = null;
            if (DemandsPkcs7(whitelist) && await ReadAsync(RootFileNames.Pkcs7Whitelist, cancellationToken).ConfigureAwait(false) is { } envelope)
            {
                pkcs7 = Content(envelope, TrustFailure.Pkcs7Load);
            }

            return owner._verifier.CheckWhitelist(owner._repository, manifest, certificateObject, certificate, whitelist, pkcs7);
        }

        private async Task<byte[]> ReadCertificateAsync(Manifest manifest, CancellationToken cancellationToken)
        {
            var key = manifest.CertificateKey!.Value;
            if (await ReadStoredAsync(key, cancellationToken).ConfigureAwait(false) is { } stored) return stored;
            if (manifest.HasAlternativePaths) return await ReadAlternativeAsync(key, cancellationToken).ConfigureAwait(false);
            try
            {
                return await owner._objects.ReadSmallAsync(key, MaxDocumentBytes, cancellationToken).ConfigureAwait(false)
                    ?? throw Absent(ObjectPath.Of(key));
            }
            catch (ObjectIntegrityException wrong)
            {
                throw new CvmfsTrustException(TrustFailure.ManifestLoad, $"The certificate cannot be had: {wrong.Message}", wrong);
            }
        }

        private async Task<byte[]?> ReadStoredAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            if (owner._certificates is null) return null;
            var stored = await owner._certificates.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
            if (stored is null) return null;
            var body = new SourceBody(stored, null, owner._certificates.Location);
            await using var _ = body.ConfigureAwait(false);
            byte[]? bytes = await RepositorySource.ReadToEndAsync(body, MaxDocumentBytes, cancellationToken).ConfigureAwait(false);
            return bytes is not null && ContentHash.Compute(key.Hash.Algorithm, bytes) == key.Hash ? bytes : null; // damaged here is not damaged there
        }

        /// <summary>By the name beside the manifest, for repositories whose objects need credentials. Wrong bytes are asked for once more, past caches.</summary>
        private async Task<byte[]> ReadAlternativeAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            string name = ObjectPath.AlternativeOf(key);
            var file = await ReadAsync(name, cancellationToken).ConfigureAwait(false) ?? throw Absent(name);
            if (file.Bytes is { } bytes && ContentHash.Compute(key.Hash.Algorithm, bytes) == key.Hash) return bytes;
            file = await ReadAsync(name, cancellationToken, FetchMode.BypassCaches).ConfigureAwait(false) ?? throw Absent(name);
            return Content(file, TrustFailure.ManifestLoad);
        }

        private async Task<Document?> ReadAsync(string name, CancellationToken cancellationToken, FetchMode mode = FetchMode.Normal)
        {
            for (bool mayRepeat = true; ; mayRepeat = false)
            {
                var body = await owner._source.OpenRootFileAsync(name, mode, cancellationToken).ConfigureAwait(false);
                if (body is null) return null;
                await using var _ = body.ConfigureAwait(false);
                try
                {
                    byte[]? bytes = await RepositorySource.ReadToEndAsync(body, MaxDocumentBytes, cancellationToken).ConfigureAwait(false);
                    return new Document(bytes, body.Origin);
                }
                catch (CvmfsTransportException broken) when (mayRepeat && broken.IsTransient)
                {
                    LogMessages.DocumentBroken(owner._logger, body.Origin, broken.Message);
                }
            }
        }

        private byte[] Content(Document document, TrustFailure tooLong)
        {
            Origin = document.Origin;
            return document.Bytes ?? throw new CvmfsTrustException(tooLong, $"{document.Origin} is longer than {MaxDocumentBytes} bytes.");
        }

        private CvmfsTransportException Absent(string name) => new(owner._source.Origin, $"there is no {name}.", isTransient: false, HttpStatusCode.NotFound);

        // A malformed whitelist is refused later, by the verifier, with its own reason.
        private static bool DemandsPkcs7(byte[] whitelist)
        {
            try
            {
                return Whitelist.Parse(whitelist).IsPkcs7;
            }
            catch (CvmfsFormatException)
            {
                return false;
            }
        }
    }

    /// <summary>A file as it came; no bytes where it was too long to be kept.</summary>
    private sealed record Document(byte[]? Bytes, string Origin);
}
