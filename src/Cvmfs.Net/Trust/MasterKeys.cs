using System.Security.Cryptography;
using System.Text;

namespace Cvmfs.Net.Trust;

/// <summary>The public keys that a site trusts to sign whitelists. One of them is enough.</summary>
/// <remarks>Immutable and safe for concurrent use. A set without keys is legal and verifies nothing.</remarks>
public sealed class MasterKeys
{
    private const string Label = "PUBLIC KEY";

    // A key file has a few hundred bytes; anything near this is the wrong file.
    private const int MaxFileBytes = 1 << 20;

    private readonly RSAParameters[] _keys;

    private MasterKeys(RSAParameters[] keys) => _keys = keys;

    /// <summary>No keys: nothing verifies.</summary>
    public static MasterKeys None { get; } = new([]);

    /// <summary>How many keys there are.</summary>
    public int Count => _keys.Length;

    /// <summary>Short name of each key: the first 16 hex digits of the SHA-256 of the public key as PEM files hold it.</summary>
    public IReadOnlyList<string> Ids => [.. _keys.Select(IdOf)];

    /// <summary>Takes keys from PEM texts, each with one or more <c>PUBLIC KEY</c> blocks.</summary>
    /// <exception cref="CvmfsFormatException">A text holds no RSA key; none of the others is taken then.</exception>
    public static MasterKeys FromPem(params IEnumerable<string> pems)
    {
        ArgumentNullException.ThrowIfNull(pems);
        return new MasterKeys([.. pems.SelectMany(static pem => Read(pem, "public key"))]);
    }

    /// <summary>Takes a key that is in memory; only its public part is kept.</summary>
    public static MasterKeys FromKey(RSA key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new MasterKeys([key.ExportParameters(includePrivateParameters: false)]);
    }

    /// <summary>Loads key files, and from folders all files <c>*.pub</c>.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsFormatException">A file holds no RSA key.</exception>
    /// <exception cref="IOException">A file or folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file or folder may not be read.</exception>
    public static Task<MasterKeys> LoadAsync(string path, CancellationToken cancellationToken = default) => LoadAsync([path], cancellationToken);

    /// <inheritdoc cref="LoadAsync(string, CancellationToken)"/>
    /// <param name="paths">Files and folders. One that cannot be read fails the whole set, as in the reference.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<MasterKeys> LoadAsync(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var keys = new List<RSAParameters>();
        foreach (string path in paths)
        {
            string[] files = Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*.pub").Order(StringComparer.Ordinal)] : [path];
            foreach (string file in files)
            {
                if (new FileInfo(file) is { Exists: true, Length: > MaxFileBytes } tooLong)
                {
                    throw new CvmfsFormatException(file, $"{tooLong.Length} bytes are too long for a public key.");
                }

                keys.AddRange(Read(await File.ReadAllTextAsync(file, Encoding.Latin1, cancellationToken).ConfigureAwait(false), file));
            }
        }

        return new MasterKeys([.. keys]);
    }

    /// <summary>All keys of two sets.</summary>
    public MasterKeys Concat(MasterKeys other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new MasterKeys([.. _keys, .. other._keys]);
    }

    /// <summary>Whether one of the keys made a raw signature, see <see cref="RawRsaSignature"/>.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        foreach (var key in _keys)
        {
            if (RawRsaSignature.Verify(key, message, signature)) return true;
        }

        return false;
    }

    /// <summary>Which of the keys made a raw signature: one of <see cref="Ids"/>.</summary>
    /// <returns>Null where none did.</returns>
    public string? FindSigner(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        foreach (var key in _keys)
        {
            if (RawRsaSignature.Verify(key, message, signature)) return IdOf(key);
        }

        return null;
    }

    private static string IdOf(RSAParameters key)
    {
        using var rsa = RSA.Create(key);
        return Convert.ToHexStringLower(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()))[..16];
    }

    private static List<RSAParameters> Read(string pem, string name)
    {
        var keys = new List<RSAParameters>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var block))
        {
            if (rest[block.Label].SequenceEqual(Label)) keys.Add(Import(Convert.FromBase64String(rest[block.Base64Data].ToString()), name));
            rest = rest[block.Location.End..];
        }

        return keys.Count > 0 ? keys : throw new CvmfsFormatException(name, $"there is no PEM block \"{Label}\".");
    }

    private static RSAParameters Import(byte[] subjectPublicKeyInfo, string name)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            return rsa.ExportParameters(includePrivateParameters: false);
        }
        catch (CryptographicException refused)
        {
            throw new CvmfsFormatException(name, "the public key is no RSA key.", innerException: refused);
        }
    }
}
