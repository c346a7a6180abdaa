using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Everything outside of catalogs: checks 1 to 9.</summary>
internal sealed class RootChecks(CheckContext context, CheckServices services, TimeProvider time) : IDisposable
{
    private const int MaxLogBytes = 1 << 30;
    private const string NoKeys = "there are no public keys to verify the manifest with: name some, or allow an unverified manifest";

    private readonly RootFolder _storage = new(context.Location.StorageFolder);
    private readonly ObjectFileHasher _hasher = new();

    private FindingLog Findings => context.Findings;

    /// <summary>Looks at root files and the objects that the manifest names.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public async Task<RootFindings> RunAsync(CancellationToken cancellationToken)
    {
        var result = new RootFindings();
        byte[]? bytes = await _storage.ReadAsync(RootFileNames.Manifest, Manifest.MaxBytes, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            Findings.Fatal(1, "there is no manifest", RootFileNames.Manifest);
            return result;
        }

        try
        {
            result.Manifest = Manifest.Parse(bytes);
        }
        catch (CvmfsFormatException e)
        {
            Findings.Fatal(1, "manifest that cannot be read", RootFileNames.Manifest, found: e.Message);
            return result;
        }

        var manifest = result.Manifest;
        result.Distrust = await VerifyAsync(manifest, cancellationToken).ConfigureAwait(false);
        if (result.Distrust is { } reason) Findings.Fatal(1, reason, RootFileNames.Manifest);
        if (manifest.MetaInfoKey is { } metaInfo) await LoadAsync(2, "meta information that cannot be loaded", metaInfo, cancellationToken).ConfigureAwait(false);
        await CheckReflogAsync(manifest, result, cancellationToken).ConfigureAwait(false);
        await CheckHistoryAsync(manifest, result, cancellationToken).ConfigureAwait(false);
        if (manifest.HasAlternativePaths)
        {
            CheckAlternative(manifest.RootCatalogKey);
            if (manifest.CertificateKey is { } certificate) CheckAlternative(certificate);
        }

        foreach (var key in new[] { manifest.MetaInfoKey, manifest.CertificateKey, manifest.HistoryKey })
        {
            if (key is { } named) result.Auxiliaries.Add(named);
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _hasher.Dispose();

    private async Task<string?> VerifyAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var options = context.Options;
        if (options.Repository is { } expected && manifest.RepositoryName != expected.ToString()) return $"manifest of {manifest.RepositoryName}, not of {expected}";
        if (options.Keys is not { } keys) return options.AllowUnverified ? null : NoKeys;
        if (!RepositoryName.TryParse(manifest.RepositoryName, out var name)) return $"manifest of \"{manifest.RepositoryName}\", which is no name of a repository";
        byte[]? whitelist = await _storage.ReadAsync(RootFileNames.Whitelist, Manifest.MaxBytes, cancellationToken).ConfigureAwait(false);
        if (whitelist is null) return "there is no whitelist";
        byte[]? pkcs7 = await _storage.ReadAsync(RootFileNames.Pkcs7Whitelist, Manifest.MaxBytes, cancellationToken).ConfigureAwait(false);
        if (manifest.CertificateKey is not { } key) return "the manifest names no certificate";
        string path = context.Catalogs.Store.PathOf(key);
        if (_hasher.Hash(path, key.Hash.Algorithm, cancellationToken) is var found && (found.State != HashedFileState.Hashed || found.Hash != key.Hash))
        {
            context.AddBad(key);
            return $"the certificate {key} is {(found.State == HashedFileState.Missing ? "missing" : "damaged")}";
        }

        try
        {
            byte[] certificate = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
            new ManifestVerifier(keys, services.Blacklist, services.Authorities, time).Verify(name, manifest.Bytes, certificate, whitelist, pkcs7);
            return null;
        }
        catch (CvmfsTrustException e)
        {
            return e.Message;
        }
    }

    private async Task<byte[]?> LoadAsync(int number, string message, ObjectKey key, CancellationToken cancellationToken)
    {
        var (content, problem) = await context.Catalogs.ReadAsync(key, _hasher, cancellationToken).ConfigureAwait(false);
        if (content is not null) return content;
        Findings.Fatal(number, message, key: key.ToString(), found: problem);
        context.AddBad(key);
        return null;
    }

    private async Task CheckReflogAsync(Manifest manifest, RootFindings result, CancellationToken cancellationToken)
    {
        byte[]? image = await _storage.ReadAsync(RootFileNames.Reflog, MaxLogBytes, cancellationToken).ConfigureAwait(false);
        var (checksum, next) = await ReflogChecksum.ReadAsync(context.Location.ReflogChecksumFolder, cancellationToken).ConfigureAwait(false);
        var known = checksum ?? (manifest.Reflog.IsNull ? null : manifest.Reflog); // the publisher's own, which fits the publisher's storage only
        string source = checksum is null ? "field Y of the manifest" : ReplicaReflog.ChecksumName;
        if (image is null)
        {
            if (known is { } promised) Findings.Fatal(6, $"reflog that is missing although {source} has its checksum", RootFileNames.Reflog, expected: promised.ToString());
            return;
        }

        if (known is null && next is null)
        {
            Findings.Fatal(3, "reflog without a checksum", RootFileNames.Reflog);
        }
        else
        {
            var hashed = Reflog.ComputeChecksum((known ?? next)!.Value.Algorithm, image);
            // A run that died between log and checksum left the right one beside the old one; the next run takes it.
            if (hashed != known && hashed != next) Findings.Fatal(4, $"reflog that does not have the checksum of {source}", RootFileNames.Reflog, found: hashed.ToString(), expected: (known ?? next).ToString());
        }

        try
        {
            using var reflog = Reflog.Open(image, manifest.RepositoryName);
            Expect(reflog, manifest.RootCatalogKey, ReflogKind.RootCatalog, "root catalog");
            if (manifest.CertificateKey is { } certificate) Expect(reflog, certificate, ReflogKind.Certificate, "certificate");
            if (manifest.HistoryKey is { } history) Expect(reflog, history, ReflogKind.History, "tag database");
            if (manifest.MetaInfoKey is { } metaInfo) Expect(reflog, metaInfo, ReflogKind.MetaInfo, "meta information");
            var entries = reflog.List();
            result.LoggedRoots = [.. entries.Where(static entry => entry.Kind == ReflogKind.RootCatalog).Select(static entry => entry.Hash)];
            result.Auxiliaries.AddRange(entries.Where(static entry => entry.Kind != ReflogKind.RootCatalog).Select(static entry => new ObjectKey(entry.Hash, SuffixOf(entry.Kind))));
        }
        catch (CvmfsFormatException e)
        {
            Findings.Fatal(5, "reflog that cannot be read", RootFileNames.Reflog, found: e.Message);
        }
    }

    private void Expect(Reflog reflog, ObjectKey key, ReflogKind kind, string what)
    {
        if (reflog.Find(key.Hash)?.Kind != kind) Findings.Fatal(5, $"reflog without the {what} of the manifest", RootFileNames.Reflog, key.ToString());
    }

    private static ObjectSuffix SuffixOf(ReflogKind kind) => kind switch
    {
        ReflogKind.Certificate => ObjectSuffix.Certificate,
        ReflogKind.History => ObjectSuffix.History,
        ReflogKind.MetaInfo => ObjectSuffix.MetaInfo,
        _ => ObjectSuffix.Catalog,
    };

    private async Task CheckHistoryAsync(Manifest manifest, RootFindings result, CancellationToken cancellationToken)
    {
        if (manifest.HistoryKey is not { } key) return;
        if (await LoadAsync(7, "tag database that cannot be loaded", key, cancellationToken).ConfigureAwait(false) is not { } image) return;
        try
        {
            result.Tags = TagDatabase.Open(image, name: key.ToString());
            CheckBranches(result.Tags);
        }
        catch (CvmfsFormatException e)
        {
            Findings.Fatal(7, "tag database that cannot be opened", key: key.ToString(), found: e.Message);
        }
    }

    private void CheckBranches(TagDatabase history)
    {
        var initial = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var branch in history.Branches)
        {
            if (!IsValidBranch(branch.Name)) Findings.Error(8, "branch with an invalid name", branch.Name);
            initial[branch.Name] = branch.InitialRevision;
        }

        var unused = new HashSet<string>(initial.Keys, StringComparer.Ordinal);
        unused.Remove(""); // the default branch is there before its first tag
        foreach (var tag in history.Tags)
        {
            unused.Remove(tag.Branch);
            if (!initial.TryGetValue(tag.Branch, out ulong first)) Findings.Error(8, "tag of a branch that does not exist", tag.Name, found: tag.Branch);
            else if (tag.Revision < first) Findings.Error(8, "tag older than its branch", tag.Name, found: $"{tag.Revision}", expected: $"{first} or later");
        }

        foreach (string branch in unused) Findings.Error(8, "branch without tags", branch);
    }

    private static bool IsValidBranch(string name) => name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' or '/');

    private void CheckAlternative(ObjectKey key)
    {
        string name = ObjectPath.AlternativeOf(key);
        if (!File.Exists(Path.Combine(context.Location.StorageFolder, name))) Findings.Fatal(9, "alternative name that leads to no file", name, key.ToString());
    }
}
