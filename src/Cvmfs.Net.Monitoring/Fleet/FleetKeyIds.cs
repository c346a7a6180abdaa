using System.Security.Cryptography;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Short names of public keys: the first 16 hex digits of the SHA-256 of each, as reports name the one that signed a whitelist.</summary>
internal static class FleetKeyIds
{
    private const string Label = "PUBLIC KEY";

    /// <summary>Ids of the keys in a PEM text; none where there is none.</summary>
    public static List<string> Of(string pem)
    {
        var ids = new List<string>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var block))
        {
            if (rest[block.Label].SequenceEqual(Label)) ids.Add(Convert.ToHexStringLower(SHA256.HashData(Convert.FromBase64String(rest[block.Base64Data].ToString())))[..16]);
            rest = rest[block.Location.End..];
        }

        return ids;
    }
}
