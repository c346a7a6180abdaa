using System.Security.Cryptography;

namespace Cvmfs.Net.Hashing;

/// <summary>Hashes stored bytes while they stream. Not thread-safe; reusable after <see cref="GetHashAndReset"/>.</summary>
public abstract class ContentHasher : IDisposable
{
    private protected ContentHasher(HashAlgorithmId algorithm) => Algorithm = algorithm;

    /// <summary>The algorithm of the hashes made here.</summary>
    public HashAlgorithmId Algorithm { get; }

    /// <summary>Bytes appended since creation or the last reset.</summary>
    public long Length { get; private set; }

    /// <summary>Creates a hasher; the caller disposes it.</summary>
    /// <exception cref="ArgumentException">The algorithm makes no content hashes.</exception>
    public static ContentHasher Create(HashAlgorithmId algorithm) => algorithm switch
    {
        HashAlgorithmId.Sha1 => new Sha1Hasher(),
        HashAlgorithmId.RipeMd160 => new RipeMd160Hasher(),
        HashAlgorithmId.Shake128 when Shake128.IsSupported => new Shake128Hasher(),
        HashAlgorithmId.Shake128 => new ManagedShake128Hasher(),
        _ => throw new ArgumentException($"Algorithm {(int)algorithm} makes no content hashes.", nameof(algorithm)),
    };

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        AppendCore(data);
    }

    /// <summary>The hash of all bytes appended since the last reset; starts anew.</summary>
    public ContentHash GetHashAndReset()
    {
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        FinishCore(digest);
        Length = 0;
        return new ContentHash(Algorithm, digest);
    }

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private protected abstract void AppendCore(ReadOnlySpan<byte> data);

    private protected abstract void FinishCore(Span<byte> digest);

    private sealed class Sha1Hasher() : ContentHasher(HashAlgorithmId.Sha1)
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);

        public override void Dispose()
        {
            _hash.Dispose();
            base.Dispose();
        }

        private protected override void AppendCore(ReadOnlySpan<byte> data) => _hash.AppendData(data);

        private protected override void FinishCore(Span<byte> digest) => _hash.GetHashAndReset(digest);
    }

    private sealed class Shake128Hasher() : ContentHasher(HashAlgorithmId.Shake128)
    {
        private readonly Shake128 _hash = new();

        public override void Dispose()
        {
            _hash.Dispose();
            base.Dispose();
        }

        private protected override void AppendCore(ReadOnlySpan<byte> data) => _hash.AppendData(data);

        private protected override void FinishCore(Span<byte> digest) => _hash.GetHashAndReset(digest);
    }

    private sealed class RipeMd160Hasher() : ContentHasher(HashAlgorithmId.RipeMd160)
    {
        private readonly RipeMd160 _hash = new();

        private protected override void AppendCore(ReadOnlySpan<byte> data) => _hash.Append(data);

        private protected override void FinishCore(Span<byte> digest) => _hash.Finish(digest);
    }

    /// <summary>For platforms without a SHAKE-128 of their own: OpenSSL before 1.1.1, Windows before 11, macOS.</summary>
    private sealed class ManagedShake128Hasher() : ContentHasher(HashAlgorithmId.Shake128)
    {
        private readonly ManagedShake128 _hash = new();

        private protected override void AppendCore(ReadOnlySpan<byte> data) => _hash.Append(data);

        private protected override void FinishCore(Span<byte> digest) => _hash.Finish(digest);
    }
}
