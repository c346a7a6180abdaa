using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.Ingestion;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Publishing.Signing;

// Signing/ makes a revision visible. Everything it needs is in the store already; the order here is the promise:
//
//   certificate, meta info, history ► disk ► .cvmfsalt- links ► reflog ► whitelist (if it changes) ► manifest
//
// Must stay true
//   - Until the last rename readers see the old revision, and everything it needs is untouched.
//   - The reflog names whatever the manifest names before the manifest does.
//   - A crash between reflog and manifest leaves a reflog that the manifest's checksum does not know. Its hash was noted beforehand, in
//     PendingReflog, so that the next run can tell this from damage.

/// <summary>Publishes root files. One user at a time.</summary>
internal sealed class RootWriter(IObjectStore store, RootFolder root, PublisherKeys keys, RepositorySettings settings)
{
    /// <summary>Holds the hashes of the reflog that is in place and of the one about to be, a line each.</summary>
    public const string PendingReflog = ".cvmfsreflog.pending";

    private const int MaxReflogBytes = int.MaxValue;
    private const int MaxPendingBytes = 4096;

    /// <summary>Publishes a root catalog, or the same one again.</summary>
    /// <param name="current">What is published; null for a new repository.</param>
    /// <param name="rootCatalog">Root catalog, stored.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="history">New database of tags; null to keep the current one.</param>
    /// <param name="metaInfo">New meta information in JSON; null to keep the current one.</param>
    /// <param name="whitelist">New whitelist; null to leave it.</param>
    /// <param name="now">Time of signing.</param>
    /// <param name="objects">Takes the metadata objects.</param>
    /// <param name="cancellationToken">Cancels, up to the reflog; from there on the rest is done.</param>
    /// <returns>The manifest that is visible now.</returns>
    public async Task<Manifest> PublishAsync(
        Manifest? current, NestedCatalog rootCatalog, ulong revision, byte[]? history, string? metaInfo, byte[]? whitelist, DateTimeOffset now,
        StoredObjects objects, CancellationToken cancellationToken)
    {
        using var encoder = new ObjectEncoder(objects, settings.HashAlgorithm, CompressionId.Zlib, ZlibCodec.DefaultLevel);
        var fields = new ManifestFields
        {
            RootCatalog = rootCatalog.Hash,
            RootCatalogSize = (ulong)rootCatalog.Size,
            TtlSeconds = (uint)settings.Ttl.TotalSeconds,
            Revision = revision,
            IsGarbageCollectable = settings.IsGarbageCollectable,
            HasAlternativePaths = settings.HasAlternativePaths,
            RepositoryName = keys.Repository,
            Certificate = await encoder.StoreAsync(Encoding.ASCII.GetBytes(keys.CertificatePem), ObjectSuffix.Certificate, cancellationToken).ConfigureAwait(false),
            History = history is null ? current?.History ?? default : await encoder.StoreAsync(history, ObjectSuffix.History, cancellationToken).ConfigureAwait(false),
            MetaInfo = metaInfo is null
                ? current?.MetaInfo ?? default
                : await encoder.StoreAsync(Encoding.UTF8.GetBytes(metaInfo), ObjectSuffix.MetaInfo, cancellationToken).ConfigureAwait(false),

            // Clients refuse a manifest that was signed before the one they know, even if our clock went back.
            PublishedAt = Math.Max((ulong)Math.Max(0, now.ToUnixTimeSeconds()), current?.PublishedAt ?? 0),
        };
        if (store is FileObjectStore files) files.Flush();
        if (settings.HasAlternativePaths) await LinkAsync(fields, cancellationToken).ConfigureAwait(false);

        cancellationToken.ThrowIfCancellationRequested();
        var (before, reflog) = await NextReflogAsync(current, fields, now, cancellationToken).ConfigureAwait(false);
        fields = fields with { Reflog = Reflog.ComputeChecksum(settings.HashAlgorithm, reflog) };
        byte[] manifest = keys.SignManifest(fields);
        await root.ReplaceAsync(PendingReflog, Encoding.ASCII.GetBytes($"{before}\n{fields.Reflog}\n"), CancellationToken.None).ConfigureAwait(false);
        await root.ReplaceAsync(RootFileNames.Reflog, reflog, CancellationToken.None).ConfigureAwait(false);
        if (whitelist is not null) await root.ReplaceAsync(RootFileNames.Whitelist, whitelist, CancellationToken.None).ConfigureAwait(false);
        await root.ReplaceAsync(RootFileNames.Manifest, manifest, CancellationToken.None).ConfigureAwait(false);
        await root.DeleteAsync(PendingReflog, CancellationToken.None).ConfigureAwait(false);
        return Manifest.Parse(manifest, RootFileNames.Manifest);
    }

    /// <summary>Links of older root catalogs stay: a client may be between manifest and catalog.</summary>
    private async ValueTask LinkAsync(ManifestFields fields, CancellationToken cancellationToken)
    {
        await root.LinkAlternativeAsync(new ObjectKey(fields.Certificate, ObjectSuffix.Certificate), cancellationToken).ConfigureAwait(false);
        await root.LinkAlternativeAsync(new ObjectKey(fields.RootCatalog, ObjectSuffix.Catalog), cancellationToken).ConfigureAwait(false);
        if (!fields.History.IsNull) await root.LinkAlternativeAsync(new ObjectKey(fields.History, ObjectSuffix.History), cancellationToken).ConfigureAwait(false);
        if (!fields.MetaInfo.IsNull) await root.LinkAlternativeAsync(new ObjectKey(fields.MetaInfo, ObjectSuffix.MetaInfo), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<(ContentHash Before, byte[] Image)> NextReflogAsync(
        Manifest? current, ManifestFields fields, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (reflog, before) = await OpenReflogAsync(current, cancellationToken).ConfigureAwait(false);
        using var disposal = reflog;
        reflog.Transact(() =>
        {
            reflog.Add(fields.RootCatalog, ReflogKind.RootCatalog, now);
            reflog.Add(fields.Certificate, ReflogKind.Certificate, now);
            if (!fields.History.IsNull) reflog.Add(fields.History, ReflogKind.History, now);
            if (!fields.MetaInfo.IsNull) reflog.Add(fields.MetaInfo, ReflogKind.MetaInfo, now);
        });
        return (before, reflog.ToArray());
    }

    private async ValueTask<(Reflog Reflog, ContentHash Checksum)> OpenReflogAsync(Manifest? current, CancellationToken cancellationToken)
    {
        string name = keys.Repository.ToString();
        byte[]? image = await root.ReadAsync(RootFileNames.Reflog, MaxReflogBytes, cancellationToken).ConfigureAwait(false);
        if (current is null || (current.Reflog.IsNull && image is null)) return (Reflog.Create(name), default);
        if (image is null)
            throw new CvmfsPublishException(RootFileNames.Reflog, $"is missing, although the manifest knows it by {current.Reflog}.");
        if (current.Reflog.IsNull) throw new CvmfsPublishException(RootFileNames.Reflog, "is there, although the manifest knows none.");

        var checksum = Reflog.ComputeChecksum(current.Reflog.Algorithm, image);
        bool isExpected = checksum == current.Reflog || (await ReadPendingAsync(cancellationToken).ConfigureAwait(false)).Contains(checksum);
        return (Reflog.Open(image, name, isExpected ? checksum : current.Reflog), checksum);
    }

    private async ValueTask<List<ContentHash>> ReadPendingAsync(CancellationToken cancellationToken)
    {
        var hashes = new List<ContentHash>();
        byte[]? pending = await root.ReadAsync(PendingReflog, MaxPendingBytes, cancellationToken).ConfigureAwait(false);
        foreach (string line in Encoding.ASCII.GetString(pending ?? []).Split('\n'))
        {
            if (ContentHash.TryParse(line, out var hash)) hashes.Add(hash);
        }

        return hashes;
    }
}
