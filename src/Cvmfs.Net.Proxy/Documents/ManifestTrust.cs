using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Checks the whole chain of trust of a manifest, master key to signature, where the operator configured keys. Thread-safe.</summary>
internal sealed class ManifestTrust(DocumentCache documents, UpstreamPool upstreams, IEnumerable<string> keyFiles, TimeProvider clock)
{
    private const int MaxCertificates = 1024;

    private const int MaxCertificateBytes = 256 << 10; // far above any certificate

    private readonly ManifestVerifier _verifier = new(MasterKeys.FromPem(keyFiles.Select(File.ReadAllText)), timeProvider: clock);
    private readonly ConcurrentDictionary<ContentHash, byte[]> _certificates = new();

    /// <summary>Refuses a manifest whose chain does not hold or cannot be looked at.</summary>
    /// <param name="request">The request it answers; whitelist and certificate come from the same place.</param>
    /// <param name="bytes">The manifest.</param>
    /// <param name="bypassCaches">Whether caches on the way must ask the server again.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsException">It is not to be trusted.</exception>
    public async Task RequireAsync(ProxyRequest request, ReadOnlyMemory<byte> bytes, bool bypassCaches, CancellationToken cancellationToken)
    {
        var manifest = Manifest.Parse(bytes);
        if (!RepositoryName.TryParse(manifest.RepositoryName, out var repository)) throw new CvmfsFormatException(request.Target, $"\"{manifest.RepositoryName}\" is no name of a repository.");
        if (manifest.CertificateKey is not { } key) throw new CvmfsTrustException(TrustFailure.BadCertificate, $"{request.Target} names no certificate.");
        byte[] certificate = await CertificateAsync(request, key, cancellationToken).ConfigureAwait(false);
        var whitelist = await WhitelistAsync(request, bypassCaches, cancellationToken).ConfigureAwait(false);
        try
        {
            _verifier.Verify(repository, bytes, certificate, whitelist.Body);
        }
        catch (CvmfsTrustException) when (!bypassCaches && whitelist.AgeAt(clock) > TimeSpan.Zero)
        {
            // The whitelist may have been signed anew since it came here.
            whitelist = await WhitelistAsync(request, bypassCaches: true, cancellationToken).ConfigureAwait(false);
            _verifier.Verify(repository, bytes, certificate, whitelist.Body);
        }
    }

    private async Task<CachedDocument> WhitelistAsync(ProxyRequest request, bool bypassCaches, CancellationToken cancellationToken)
    {
        var asked = request.Beside(".cvmfswhitelist");
        var answer = await documents.GetAsync(asked, bypassCaches, cancellationToken).ConfigureAwait(false);
        return answer.Document is { Status: 200, IsTooLong: false } whitelist ? whitelist : throw new CvmfsFormatException(asked.Target, "there is no whitelist to check the manifest with.");
    }

    private async Task<byte[]> CertificateAsync(ProxyRequest request, ObjectKey key, CancellationToken cancellationToken)
    {
        if (_certificates.TryGetValue(key.Hash, out byte[]? known)) return known;
        var asked = request.Beside(ObjectPath.Of(key));
        var plan = upstreams.Candidates(asked);
        while (plan.TryNext(out var attempt))
        {
            using var answer = await upstreams.SendAsync(attempt, HttpMethod.Get, bypassCaches: false, null, cancellationToken).ConfigureAwait(false);
            if (answer.Failure != UpstreamFailure.None || answer.Status != 200) continue;
            ReadOnlyMemory<byte>? read;
            try
            {
                read = await answer.ReadWholeAsync(MaxCertificateBytes, cancellationToken).ConfigureAwait(false);
            }
            catch (UpstreamException cut)
            {
                upstreams.Failed(attempt, cut.Failure); // it is this server's fault, not that of the one who sent the manifest
                continue;
            }

            if (read is { } bytes && ContentHash.Compute(key.Hash.Algorithm, bytes.Span) == key.Hash)
            {
                if (_certificates.Count >= MaxCertificates) _certificates.TryRemove(_certificates.First().Key, out _);
                upstreams.Succeeded(attempt);
                return _certificates[key.Hash] = bytes.ToArray();
            }

            upstreams.Failed(attempt, UpstreamFailure.Corrupt);
            upstreams.Metrics?.Mismatched(attempt.Asked!.Name, Endpoint.Certificate);
        }

        throw new CvmfsTrustException(TrustFailure.BadCertificate, $"{asked.Target} cannot be had to check the manifest with.");
    }
}
