// Makes a complete revision visible. The order is the whole point:
//
//   1 (flush)        all objects and catalogs are on the disk, and the journal knows: the caller has seen to both
//   2 .cvmfsalt-     alternative names, where the manifest asks for them
//   3 reflog         then its checksum
//   4 whitelist      the PKCS#7 document first
//   5 manifest       from here on clients see the revision
//   6 status         from here on monitors see it
//
// Must stay true
//   - Every step is one replacement of one file; between any two, a client sees a revision that is wholly there.
//   - A whitelist holds for every revision, so the new one beside the old manifest is right; the other way round would not be.
//   - What is written is what was verified, byte for byte.
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>Publishes what a run has completed.</summary>
internal sealed class ReplicaPublisher(RootFolder storage, ReplicaStatusFile status, TimeProvider time)
{
    /// <summary>Publishes a revision whose objects are all stored.</summary>
    /// <param name="verified">Manifest and whitelist.</param>
    /// <param name="roots">Root catalogs that the run stored or found.</param>
    /// <param name="reflog">The replica's log.</param>
    /// <param name="cancellationToken">Cancels between two steps.</param>
    /// <exception cref="IOException">The storage cannot take it; what was served before is still served.</exception>
    public async Task PublishAsync(
        VerifiedManifest verified, IReadOnlyCollection<ContentHash> roots, ReplicaReflog reflog, CancellationToken cancellationToken)
    {
        var manifest = verified.Manifest;
        if (manifest.HasAlternativePaths)
        {
            ObjectKey?[] named = [manifest.CertificateKey, manifest.RootCatalogKey, manifest.HistoryKey, manifest.MetaInfoKey];
            foreach (var key in named.OfType<ObjectKey>()) await storage.LinkAlternativeAsync(key, cancellationToken).ConfigureAwait(false);
        }

        var now = time.GetUtcNow();
        reflog.AddAll(roots, ReflogKind.RootCatalog, now);
        reflog.Add(manifest.Certificate, ReflogKind.Certificate, now);
        reflog.Add(manifest.History, ReflogKind.History, now);
        reflog.Add(manifest.MetaInfo, ReflogKind.MetaInfo, now);
        await reflog.SaveAsync(manifest.RootCatalog.Algorithm, cancellationToken).ConfigureAwait(false);

        await PublishWhitelistAsync(verified, cancellationToken).ConfigureAwait(false);
        await storage.ReplaceAsync(RootFileNames.Manifest, manifest.Bytes, cancellationToken).ConfigureAwait(false);
        await status.SucceedAsync(time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Renews the whitelist of the revision that is served, where it changed, and notes the success.</summary>
    /// <returns>Whether it changed.</returns>
    /// <exception cref="IOException">The storage cannot take it.</exception>
    public async Task<bool> RenewAsync(VerifiedManifest verified, CancellationToken cancellationToken)
    {
        bool isSame = await HasAsync(RootFileNames.Whitelist, verified.WhitelistBytes, cancellationToken).ConfigureAwait(false)
            && (verified.Pkcs7Bytes is not { } pkcs7 || await HasAsync(RootFileNames.Pkcs7Whitelist, pkcs7, cancellationToken).ConfigureAwait(false));
        if (!isSame) await PublishWhitelistAsync(verified, cancellationToken).ConfigureAwait(false);
        await status.SucceedAsync(time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return !isSame;
    }

    private async Task PublishWhitelistAsync(VerifiedManifest verified, CancellationToken cancellationToken)
    {
        if (verified.Pkcs7Bytes is { } pkcs7) await storage.ReplaceAsync(RootFileNames.Pkcs7Whitelist, pkcs7, cancellationToken).ConfigureAwait(false);
        await storage.ReplaceAsync(RootFileNames.Whitelist, verified.WhitelistBytes, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> HasAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        byte[]? present = await storage.ReadAsync(name, 1 << 20, cancellationToken).ConfigureAwait(false);
        return present is not null && content.Span.SequenceEqual(present);
    }
}
