using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>Writes and signs whitelists, for publishers.</summary>
public static class WhitelistWriter
{
    /// <summary>Builds a whitelist signed with a master key.</summary>
    /// <param name="repository">Repository.</param>
    /// <param name="createdAt">Time of creation; cut to the second.</param>
    /// <param name="expiresAt">End of validity; readers drop minutes and seconds.</param>
    /// <param name="fingerprints">Certificates that may sign.</param>
    /// <param name="masterKey">Private master key; must be exportable.</param>
    /// <param name="algorithm">Algorithm of the hash line.</param>
    /// <param name="demandCaChain">Whether readers must have a chain of authorities for the certificate.</param>
    /// <exception cref="ArgumentException">There is no name, or the key is too short.</exception>
    public static byte[] Write(
        RepositoryName repository,
        DateTimeOffset createdAt,
        DateTimeOffset expiresAt,
        IEnumerable<Fingerprint> fingerprints,
        RSA masterKey,
        HashAlgorithmId algorithm = HashAlgorithmId.Sha1,
        bool demandCaChain = false)
        => SignedLetter.Build(
            Text(repository, createdAt, expiresAt, fingerprints, demandCaChain), algorithm, hashLine => RawRsaSignature.Sign(masterKey, hashLine));

    /// <summary>The lines to be signed.</summary>
    /// <inheritdoc cref="Write"/>
    public static byte[] Text(
        RepositoryName repository, DateTimeOffset createdAt, DateTimeOffset expiresAt, IEnumerable<Fingerprint> fingerprints, bool demandCaChain = false)
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        if (repository.IsEmpty) throw new ArgumentException("A whitelist needs a repository name.", nameof(repository));
        var text = new StringBuilder();
        text.Append(Date(createdAt)).Append('\n');
        text.Append('E').Append(Date(expiresAt)).Append('\n');
        text.Append('N').Append(repository).Append('\n');
        if (demandCaChain) text.Append("Wcachain\n");
        foreach (var fingerprint in fingerprints) text.Append(fingerprint).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());

        static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
    }
}
