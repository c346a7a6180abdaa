using System.Net;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Transport;

/// <summary>Brings a repository's current statement, verified: manifest, certificate, whitelist and, where demanded, its PKCS#7 document.</summary>
/// <remarks>Each of them is at most 1 MiB. Safe for concurrent use; owns none of its sources.</remarks>
public sealed class VerifiedManifestFetcher
{
    private const int MaxDocumentBytes = Manifest.MaxBytes;

    private readonly RepositoryName _repository;
    private readonly ManifestVerifier _verifier;
    private readonly IReadOnlyList<IRepositorySource> _sources;
    private readonly IObjectStore? _certificates;

    /// <summary>Creates a fetcher for one source.</summary>
    /// <param name="source">Where the documents come from; not disposed here.</param>
    /// <param name="repository">The repository that is expected there.</param>
    /// <param name="keys">Master keys.</param>
    /// <param name="blacklist">What is refused although it is signed.</param>
    /// <param name="timeProvider">The clock for the whitelist's expiry.</param>
    public VerifiedManifestFetcher(
        IRepositorySource source, RepositoryName repository, MasterKeys keys, Blacklist? blacklist = null, TimeProvider? timeProvider = null)
        : this([source], repository, new ManifestVerifier(keys, blacklist, timeProvider: timeProvider))
    {
    }

    /// <summary>Creates a fetcher for several servers of one repository.</summary>
    /// <param name="sources">Servers in order of preference, at least one; not disposed here.</param>
    /// <param name="repository">The repository that is expected there.</param>
    /// <param name="verifier">Decides.</param>
    /// <param name="certificates">A store to take the certificate from when it is there already; nothing is written to it.</param>
    public VerifiedManifestFetcher(
        IReadOnlyList<IRepositorySource> sources, RepositoryName repository, ManifestVerifier verifier, IObjectStore? certificates = null)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(verifier);
        if (sources.Count == 0) throw new ArgumentException("At least one source is needed.", nameof(sources));
        if (repository.IsEmpty) throw new ArgumentException("The expected repository's name is needed.", nameof(repository));
        (_sources, _repository, _verifier, _certificates) = (sources, repository, verifier, certificates);
    }

    /// <summary>Fetches and verifies.</summary>
    /// <param name="minimumTimestamp">Unix seconds; a manifest signed before is refused as outdated. 0 for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsTrustException">What came cannot be believed. Another server was asked once, if there is one and it could help.</exception>
    /// <exception cref="CvmfsTransportException">No server could be reached, or none has the manifest or its certificate.</exception>
    public async Task<VerifiedManifest> FetchAsync(ulong minimumTimestamp = 0, CancellationToken cancellationToken = default)
    {
        bool mayTryAnother = true;
        for (int i = 0; ; i++)
        {
            bool isLast = i == _sources.Count - 1;
            try
            {
                return await FetchFromAsync(_sources[i], minimumTimestamp, cancellationToken).ConfigureAwait(false);
            }
            catch (CvmfsTransportException) when (!isLast)
            {
            }
            catch (CvmfsTrustException refused) when (!isLast && mayTryAnother && refused.Failure.IsWorthAnotherHost())
            {
                mayTryAnother = false;
            }
        }
    }

    private async Task<VerifiedManifest> FetchFromAsync(IRepositorySource source, ulong minimumTimestamp, CancellationToken cancellationToken)
    {
        var document = await ReadRootFileAsync(source, RootFileNames.Manifest, TrustFailure.ManifestIncomplete, cancellationToken).ConfigureAwait(false)
            ?? throw Absent(source, RootFileNames.Manifest);
        var manifest = ManifestVerifier.CheckStatement(_repository, document, minimumTimestamp);

        byte[] certificateObject = await ReadCertificateAsync(source, manifest, cancellationToken).ConfigureAwait(false);
        byte[] certificate = ManifestVerifier.CheckSignature(manifest, certificateObject);

        var whitelist = await ReadRootFileAsync(source, RootFileNames.Whitelist, TrustFailure.WhitelistMalformed, cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsTrustException(TrustFailure.WhitelistLoad, $"{source.Origin} has no {RootFileNames.Whitelist}.");
        byte[]? pkcs7 = DemandsPkcs7(whitelist)
            ? await ReadRootFileAsync(source, RootFileNames.Pkcs7Whitelist, TrustFailure.Pkcs7Load, cancellationToken).ConfigureAwait(false)
            : null;
        return _verifier.CheckWhitelist(_repository, manifest, certificateObject, certificate, whitelist, pkcs7);
    }

    private async Task<byte[]> ReadCertificateAsync(IRepositorySource source, Manifest manifest, CancellationToken cancellationToken)
    {
        var key = manifest.CertificateKey!.Value;
        if (_certificates is not null && await _certificates.OpenReadAsync(key, cancellationToken).ConfigureAwait(false) is { } stored)
        {
            await using var open = stored.ConfigureAwait(false);
            byte[]? known = await ReadAsync(stored, cancellationToken).ConfigureAwait(false);
            if (known is not null && ContentHash.Compute(key.Hash.Algorithm, known) == key.Hash) return known;
        }

        byte[] received = await FetchCertificateAsync(source, manifest, key, FetchMode.Normal, cancellationToken).ConfigureAwait(false);
        return ContentHash.Compute(key.Hash.Algorithm, received) == key.Hash
            ? received
            : await FetchCertificateAsync(source, manifest, key, FetchMode.BypassCaches, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<byte[]> FetchCertificateAsync(
        IRepositorySource source, Manifest manifest, ObjectKey key, FetchMode mode, CancellationToken cancellationToken)
    {
        string name = manifest.HasAlternativePaths ? ObjectPath.AlternativeOf(key) : ObjectPath.Of(key);
        var opened = manifest.HasAlternativePaths
            ? await source.OpenRootFileAsync(name, mode, cancellationToken).ConfigureAwait(false)
            : await source.OpenObjectAsync(key, mode, cancellationToken).ConfigureAwait(false);
        if (opened is null) throw Absent(source, name);
        await using var body = opened.ConfigureAwait(false);
        return await ReadAsync(opened.Stream, cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsTrustException(TrustFailure.BadCertificate, $"{opened.Origin} is longer than {MaxDocumentBytes} bytes.");
    }

    private static async Task<byte[]?> ReadRootFileAsync(IRepositorySource source, string name, TrustFailure tooLong, CancellationToken cancellationToken)
    {
        var opened = await source.OpenRootFileAsync(name, FetchMode.Normal, cancellationToken).ConfigureAwait(false);
        if (opened is null) return null;
        await using var body = opened.ConfigureAwait(false);
        return await ReadAsync(opened.Stream, cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsTrustException(tooLong, $"{opened.Origin} is longer than {MaxDocumentBytes} bytes.");
    }

    /// <summary>Reads to the end; null where there is more than a document may have.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[4096]; // more than these documents usually have; grows for the few that are longer
        int length = 0;
        while (true)
        {
            int read = await stream.ReadAsync(bytes.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0) return bytes[..length];
            length += read;
            if (length > MaxDocumentBytes) return null;
            if (length == bytes.Length) Array.Resize(ref bytes, 2 * length);
        }
    }

    // A malformed whitelist is refused later, by the verifier, with its own reason.
    private static bool DemandsPkcs7(ReadOnlyMemory<byte> whitelist)
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

    private static CvmfsTransportException Absent(IRepositorySource source, string name)
        => new(source.Origin, $"there is no {name}.", isTransient: false, HttpStatusCode.NotFound);
}
