using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Tests.Trust;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Manifests;

public sealed class ManifestFieldsTests
{
    public static TheoryData<string> Repositories => [.. TestData.Names];

    [Fact]
    [Conforms("protocol", 10)]
    public void Writes_all_fields_in_the_reference_s_order()
    {
        var one = ContentHash.Parse("a9993e364706816aba3e25717850c26c9cd0d89d");
        var two = ContentHash.Parse("8eb208f7e05d987a9b044a8e98c6b087f15a0bfc-rmd160");
        var three = ContentHash.Parse("5881092dd818bf5cf8a3ddb793fbcba74097d5c5-shake128");
        var fields = new ManifestFields
        {
            RootCatalog = one,
            RootCatalogSize = 5,
            TtlSeconds = 900,
            Revision = 6,
            IsGarbageCollectable = true,
            HasAlternativePaths = true,
            RepositoryName = RepositoryName.Parse("a.org"),
            Certificate = two,
            History = three,
            PublishedAt = 7,
            MetaInfo = one,
            Reflog = two,
        };

        Assert.Equal(
            "Ca9993e364706816aba3e25717850c26c9cd0d89d\nB5\nRd41d8cd98f00b204e9800998ecf8427e\nD900\nS6\nGyes\nAyes\nNa.org\n"
            + "X8eb208f7e05d987a9b044a8e98c6b087f15a0bfc-rmd160\nH5881092dd818bf5cf8a3ddb793fbcba74097d5c5-shake128\nT7\n"
            + "Ma9993e364706816aba3e25717850c26c9cd0d89d\nY8eb208f7e05d987a9b044a8e98c6b087f15a0bfc-rmd160\n",
            Encoding.ASCII.GetString(fields.ToBytes()));
    }

    [Fact]
    public void Leaves_out_what_is_not_set()
    {
        var fields = new ManifestFields
        {
            RootCatalog = ContentHash.Parse("a9993e364706816aba3e25717850c26c9cd0d89d"),
            Revision = 0,
            RepositoryName = RepositoryName.Parse("a.org"),
        };
        Assert.Equal(
            "Ca9993e364706816aba3e25717850c26c9cd0d89d\nB0\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS0\nGno\nAno\nNa.org\n",
            Encoding.ASCII.GetString(fields.ToBytes()));
    }

    [Fact]
    public void Rewrites_the_vector_byte_for_byte()
        => Assert.Equal(
            SignedLetter.Split(Vectors.ManifestBytes).Text.ToArray(), ManifestFields.From(Manifest.Parse(Vectors.ManifestBytes)).ToBytes());

    [Theory]
    [MemberData(nameof(Repositories))]
    public void Rewrites_the_reference_s_manifests_byte_for_byte(string name)
    {
        using var repository = TestData.Unpack(name);
        byte[] document = File.ReadAllBytes(Path.Combine(repository.Path, ".cvmfspublished"));
        Assert.Equal(SignedLetter.Split(document).Text.ToArray(), ManifestFields.From(Manifest.Parse(document)).ToBytes());
    }

    [Fact]
    public void Refuses_to_write_without_root_catalog_or_name()
    {
        var fields = new ManifestFields { RootCatalog = default, Revision = 1, RepositoryName = RepositoryName.Parse("a.org") };
        Assert.Throws<InvalidOperationException>(() => fields.ToBytes());
        fields = new ManifestFields { RootCatalog = ContentHash.Compute(HashAlgorithmId.Sha1, []), Revision = 1, RepositoryName = default };
        Assert.Throws<InvalidOperationException>(() => fields.ToBytes());
    }

    [Fact]
    [Conforms("protocol", 20)]
    [Conforms("protocol", 21)]
    public void Is_signed_with_the_root_catalog_s_algorithm_in_the_hash_line()
    {
        var set = new SignedSet();
        var fields = set.Fields with { RootCatalog = ContentHash.Compute(HashAlgorithmId.RipeMd160, "x"u8) };
        byte[] document = ManifestSigner.Sign(fields, SignedSet.Publisher);
        Assert.Equal(HashAlgorithmId.RipeMd160, SignedLetter.Split(document).Hash.Algorithm);
        var verified = new ManifestVerifier(MasterKeys.FromKey(SignedSet.Master), timeProvider: new FakeClock(SignedSet.Now))
            .Verify(set.Name, document, set.CertificateObject, set.WhitelistBytes);
        Assert.Equal(fields.RootCatalog, verified.Manifest.RootCatalog);
    }
}
