using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Server.Hints;

/// <summary>Decides whether a hint comes from somebody who knows the secret. Thread-safe.</summary>
/// <remarks>Comparisons take the same time wherever the difference is. Signatures are remembered for as long as their time is accepted, so that
/// none counts twice; only right ones are, so nobody else can fill the memory.</remarks>
internal sealed class HintAuthenticator(CvmfsHintOptions options, TimeProvider time)
{
    private const string BearerPrefix = "Bearer ";
    private const string SignaturePrefix = "sha256=";

    private readonly List<byte[]> _secrets = [.. options.Secrets.Select(Encoding.UTF8.GetBytes)];
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _seen = [];
    private readonly Queue<string> _order = new();

    /// <summary>Whether to believe the sender.</summary>
    public bool Accepts(HttpRequest request, string repository, ReadOnlySpan<byte> body)
    {
        string? signature = request.Headers[CvmfsHintEndpoints.SignatureHeader];
        if (signature is not null) return AcceptsSignature(signature, request.Headers[CvmfsHintEndpoints.TimestampHeader], repository, body);
        string? authorization = request.Headers.Authorization;
        return options.AcceptBearer && authorization?.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) == true
            && IsSecret(Encoding.UTF8.GetBytes(authorization[BearerPrefix.Length..]));
    }

    /// <summary>The signature of a hint.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> secret, string timestamp, string repository, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{timestamp}\n{repository}\n"));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }

    private bool IsSecret(byte[] token)
    {
        // Hashed first: the comparison itself gives away nothing but whether the lengths are equal.
        byte[] given = SHA256.HashData(token);
        bool isOne = false;
        foreach (byte[] secret in _secrets) isOne |= CryptographicOperations.FixedTimeEquals(given, SHA256.HashData(secret));
        return isOne;
    }

    private bool AcceptsSignature(string signature, string? timestamp, string repository, ReadOnlySpan<byte> body)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)) return false;
        var now = time.GetUtcNow();
        if (Math.Abs((double)now.ToUnixTimeSeconds() - seconds) > options.MaxAge.TotalSeconds) return false;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!signature.StartsWith(SignaturePrefix, StringComparison.Ordinal)
            || Convert.FromHexString(signature.AsSpan(SignaturePrefix.Length), given, out _, out int length) != System.Buffers.OperationStatus.Done
            || length != given.Length)
        {
            return false;
        }

        bool isRight = false;
        foreach (byte[] secret in _secrets) isRight |= CryptographicOperations.FixedTimeEquals(given, Sign(secret, timestamp!, repository, body));
        return isRight && IsFirst(Convert.ToHexString(given), now);
    }

    private bool IsFirst(string signature, DateTimeOffset now)
    {
        lock (_gate)
        {
            // Accepted from MaxAge before to MaxAge after its own time, so for twice that at most.
            while (_order.TryPeek(out string? oldest) && now - _seen[oldest] > 2 * options.MaxAge)
            {
                _seen.Remove(oldest);
                _order.Dequeue();
            }

            if (!_seen.TryAdd(signature, now)) return false;
            _order.Enqueue(signature);
            return true;
        }
    }
}
