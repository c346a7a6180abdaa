using Cvmfs.Net.Manifests;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Repositories;

/// <summary>Gets a repository's current statement with as much trust as the options ask for, and refuses where they ask for nothing.</summary>
internal sealed class ManifestReader(IRepositorySource source, CvmfsRepositoryOptions options)
{
    /// <summary>Fetches the statement. The verified part is null only where the options allow unverified ones.</summary>
    /// <param name="known">The name that earlier statements had; default at first.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<(Manifest Manifest, VerifiedManifest? Verified)> ReadAsync(RepositoryName known, CancellationToken cancellationToken)
    {
        if (options.Keys is not { Count: > 0 } keys)
        {
            if (!options.AllowUnverified)
            {
                throw new CvmfsTrustException(
                    TrustFailure.NoMasterKeys,
                    $"No master key was given for {source.Origin}: nothing it says can be verified. Give the repository's public key, or a root catalog hash, or allow unverified content.");
            }

            return (await ReadUnverifiedAsync(cancellationToken).ConfigureAwait(false), null);
        }

        var expected = await ExpectedNameAsync(known, cancellationToken).ConfigureAwait(false);
        var verifier = new ManifestVerifier(keys, options.Blacklist, options.Authorities, options.TimeProvider);
        var verified = await new VerifiedManifestFetcher(source, expected, verifier).FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return (verified.Manifest, verified);
    }

    private async Task<RepositoryName> ExpectedNameAsync(RepositoryName known, CancellationToken cancellationToken)
    {
        if (!options.RepositoryName.IsEmpty) return options.RepositoryName;
        if (!known.IsEmpty) return known;
        if (CvmfsRepository.NameFromAddress(source.Origin) is { IsEmpty: false } named) return named;
        // A folder or an alias: the signed documents alone say whose they are. They must still agree with each other.
        string signed = (await ReadUnverifiedAsync(cancellationToken).ConfigureAwait(false)).RepositoryName;
        return RepositoryName.TryParse(signed, out var name)
            ? name
            : throw new CvmfsTrustException(TrustFailure.ManifestNameMismatch, $"The manifest of {source.Origin} names no repository.");
    }

    private async Task<Manifest> ReadUnverifiedAsync(CancellationToken cancellationToken)
    {
        var body = await source.OpenRootFileAsync(RootFileNames.Manifest, FetchMode.Normal, cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsTransportException(source.Origin, $"there is no {RootFileNames.Manifest}.", isTransient: false, System.Net.HttpStatusCode.NotFound);
        await using var open = body.ConfigureAwait(false);
        using var document = new MemoryStream();
        byte[] buffer = new byte[4096];
        for (int read; (read = await body.Stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            document.Write(buffer, 0, read);
            if (document.Length > Manifest.MaxBytes) throw new CvmfsFormatException(body.Origin, $"is longer than {Manifest.MaxBytes} bytes.");
        }

        return Manifest.Parse(document.ToArray(), body.Origin);
    }
}
