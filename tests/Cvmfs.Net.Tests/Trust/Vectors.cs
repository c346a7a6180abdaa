using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

/// <summary>A complete set of documents that an independent tool made: toy keys of 1024 bits, the certificate expired on purpose.</summary>
internal static class Vectors
{
    public const string CertificateFingerprint = "24:83:3F:2B:D3:68:E3:3B:2A:8F:5C:89:75:77:3D:1F:66:77:89:ED";

    public const string CertificatePem = """
        -----BEGIN CERTIFICATE-----
        MIIBqzCCARSgAwIBAgICEJIwDQYJKoZIhvcNAQELBQAwGzEZMBcGA1UEAwwQdGVz
        dC5leGFtcGxlLm9yZzAeFw0yNDAxMDEwMDAwMDBaFw0yNTAxMDEwMDAwMDBaMBsx
        GTAXBgNVBAMMEHRlc3QuZXhhbXBsZS5vcmcwgZ8wDQYJKoZIhvcNAQEBBQADgY0A
        MIGJAoGBAMEKZSpugp3Wp1KXPCd/FFz2xMVe8HZ0Wr/3Sz0Ri4NAA4GwrzgDwHm2
        FkSQ677fdANuW8hdHACle5PdkOeQ6VNQJD02v32q+4IZqmHKEld6IIEL/D57i+XY
        zdicf4i7JVF1nR80IeFomSqTnGp1oR9AeJoKnd9sMnOMpddorl/1AgMBAAEwDQYJ
        KoZIhvcNAQELBQADgYEAXWehI/d2jiFjLCO7WdlfImnKSgbWuA97FC+efC3LWpqp
        rDoERO8VQNVL5aD6bpPuPRyJlPd625ykCEA3BjT45F9+fIafN3l7Pa3C6WLzHXpn
        9t6O//HVwm7VrS3Okdl6IBwHj6OkFo0bz7xBvn2cj2LVn+bz+Y++isFYPcEgenA=
        -----END CERTIFICATE-----

        """;

    public const string MasterKeyPem = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLfLb8BuCY5c6i/QHPOm21FOAo
        +Mo0WdGKhb2ox4/mbK+jyH95nYPsDjGUsBSZ2xj0Fz8Hu1Vj64ny8JPq3bPPa3qZ
        pANkkqFQ9GH/siQeFtTjLRg5CUG1DW4QoS+9WMpBfLJfkqZhce3Wl8Pq40bzIfjh
        vmmFwz/xI2YruMg/vwIDAQAB
        -----END PUBLIC KEY-----
        """;

    public const string ManifestHashLine = "72c03a4ce8ddb5b4957e44365a45dc915c1ce7c6";

    public const string WhitelistHashLine = "3c382222d0473a7c66c420636300517a710822ed";

    public const int SignatureBytes = 128;

    public static readonly RepositoryName Name = RepositoryName.Parse("test.example.org");

    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] ManifestBytes => Convert.FromBase64String("""
        QzY0NTUxZGNjZmJlMGE0OGRlNzYxOGRkN2RlYjI5MDIwMGI0NzQ3NTkKQjI0NTc2ClJkNDFkOGNk
        OThmMDBiMjA0ZTk4MDA5OThlY2Y4NDI3ZQpEMjQwClM0MgpHbm8KQW5vCk50ZXN0LmV4YW1wbGUu
        b3JnClgwOTdmMDFhMTliNzMzMTQ4Yjk3MDg1ZWI0ODQxNjdkMTQyMWJiN2E1ClQxNzM1Njg5NjAw
        Ci0tCjcyYzAzYTRjZThkZGI1YjQ5NTdlNDQzNjVhNDVkYzkxNWMxY2U3YzYKcw9fj/hmHKIBaU+G
        Hf/71+EvKa54PnSUdcxyPg5ZL4OlH/urmTJDcKkeYcQA4C9LpqKdgoMfNXP6cYtFrfj9wRlrzRv1
        O2C4H5UB+HvwSmsuuGzI6/ikRbYPQqKuy66egh4PAWRxT33WYD4erQOVV7KyPnWl+3PfaTOVh9L4
        f2Q=
        """);

    public static byte[] WhitelistBytes => Convert.FromBase64String("""
        MjAyNDAxMDEwMDAwMDAKRTIwOTkxMjMxMjM1OTU5Ck50ZXN0LmV4YW1wbGUub3JnCjI0OjgzOjNG
        OjJCOkQzOjY4OkUzOjNCOjJBOjhGOjVDOjg5Ojc1Ojc3OjNEOjFGOjY2Ojc3Ojg5OkVEICMgdGVz
        dCB2ZWN0b3IKLS0KM2MzODIyMjJkMDQ3M2E3YzY2YzQyMDYzNjMwMDUxN2E3MTA4MjJlZAqGyCad
        ntXbLwb/vdq6gsQq15UcvRC32+ODOcl/HZWrLkQcBFY3OobHLEMRFYCKf9vnMRf206nYdjNAt0ts
        DSN9xsxTS9n0/xj4LUh8GGAY27gueKljo0NsJFPUENaOX7hNTc2Afsoxme33ulYeM8tCC+WuWU29
        f6twifIAtBht/Q==
        """);

    public static MasterKeys MasterKeys => MasterKeys.FromPem(MasterKeyPem);

    /// <summary>The certificate's PEM text deflated by classic zlib, level 6: another deflater would give it another name.</summary>
    public static byte[] CertificateObject => Convert.FromBase64String("""
        eJxlksuSokAQRfd8xeyJDhAEdNGLrKIKCnnjALJTCvHBS21F+fpxejc9GZGbE5ER92Tcj4/3IGIx
        /xcm8ZpRhmFN/sIPwWMMXSaMIU5qGBmCmmHisNGMNs6qL9jhUfoQERdFMFoTKTxUWjD7TWAcI26l
        k8Cx1lQW/SqtZ+O2y1cxQUVH+eWb8PRMMnomvBdtv9n6X+ah21Ow1pCj2k8ReB6x46ZUo3uRHw67
        HN2KRHuUbTnWxeJnIvROZNYbGd4KlgO99b4nqyIZ7vWgZsNslYeYS5ROytNLq4VdyNlVUpNJjo9z
        H2BujdepNke7VQR6TiLdMPYc/Hu2OHAbcFNpIT8HVaSnfuSYsvJQlYs4Z8WltVek4TpjxJVMzTiK
        +UaY+LHcz4+Gk9JZFy9kVtG+TS7rzhpmfbyEyulXHV/evC7wBs77ayPNoPYQAPnWEn58+u1FIM+q
        A5O4cjrSk4sDI+PNnrXdKql32R2WBsVitceqmw2XQbiaPYmDRRr5qattTX03hPcwfjlNyHVFe50x
        ARWd1nONLsU92+59tTHCrYr1zJ3sfOiE5ZceSJKdjq2RXhM1OPNGZ2i0T3pwpr28m4wnenRKeVLc
        tBN3k7gRxeONbsKS1FUHn8J3nYhv/l+xP/ryx8k=
        """);

    /// <summary>Verifies the set, with some of its documents exchanged.</summary>
    public static VerifiedManifest Verify(
        byte[]? manifest = null,
        byte[]? whitelist = null,
        byte[]? certificateObject = null,
        RepositoryName? name = null,
        MasterKeys? keys = null,
        Blacklist? blacklist = null,
        DateTimeOffset? now = null,
        ulong minimumTimestamp = 0)
        => new ManifestVerifier(keys ?? MasterKeys, blacklist, timeProvider: new FakeClock(now ?? Now))
            .Verify(name ?? Name, manifest ?? ManifestBytes, certificateObject ?? CertificateObject, whitelist ?? WhitelistBytes, null, minimumTimestamp);

    /// <summary>The reason for which a changed set is refused.</summary>
    public static TrustFailure Refusal(Func<VerifiedManifest> verification) => Assert.Throws<CvmfsTrustException>(verification).Failure;
}
