using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>A manifest that was verified from a master key down, with the documents that prove it.</summary>
/// <remarks>Only <see cref="ManifestVerifier"/> makes one. Immutable. The documents are the ones that were checked, byte for byte, so that a
/// replica can store exactly what it verified.</remarks>
public sealed class VerifiedManifest
{
    internal VerifiedManifest(
        RepositoryName repository,
        Manifest manifest,
        ReadOnlyMemory<byte> certificateObject,
        ReadOnlyMemory<byte> certificate,
        ReadOnlyMemory<byte> whitelistBytes,
        byte[]? pkcs7Bytes,
        DateTimeOffset whitelistExpires,
        DateTimeOffset checkedAt)
    {
        Repository = repository;
        Manifest = manifest;
        CertificateObject = certificateObject;
        Certificate = certificate;
        WhitelistBytes = whitelistBytes;
        Pkcs7Bytes = pkcs7Bytes is null ? (ReadOnlyMemory<byte>?)null : pkcs7Bytes.AsMemory();
        WhitelistExpires = whitelistExpires;
        CheckedAt = checkedAt;
    }

    /// <summary>The repository that it was verified for.</summary>
    public RepositoryName Repository { get; }

    /// <summary>The statement.</summary>
    public Manifest Manifest { get; }

    /// <summary>The certificate's object as stored, compressed.</summary>
    public ReadOnlyMemory<byte> CertificateObject { get; }

    /// <summary>The certificate, DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>The whitelist's file.</summary>
    public ReadOnlyMemory<byte> WhitelistBytes { get; }

    /// <summary>The PKCS#7 document where the whitelist demands one; otherwise null.</summary>
    public ReadOnlyMemory<byte>? Pkcs7Bytes { get; }

    /// <summary>End of the whitelist's validity as written, to the second.</summary>
    public DateTimeOffset WhitelistExpires { get; }

    /// <summary>The instant that all checks used.</summary>
    public DateTimeOffset CheckedAt { get; }
}
