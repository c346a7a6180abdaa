using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class MasterKeysTests
{
    private static readonly byte[] Message = Encoding.ASCII.GetBytes(Vectors.WhitelistHashLine);
    private static readonly byte[] Signature = Vectors.WhitelistBytes[^128..];

    [Fact]
    public void Reads_keys_from_PEM()
    {
        Assert.True(MasterKeys.FromPem(Vectors.MasterKeyPem).Verify(Message, Signature));
        string two = "a comment\n" + SignedSet.Master.ExportSubjectPublicKeyInfoPem() + "\n" + Vectors.MasterKeyPem;
        var keys = MasterKeys.FromPem(two);
        Assert.Equal(2, keys.Count);
        Assert.True(keys.Verify(Message, Signature));
    }

    [Fact]
    [Conforms("protocol", 36)]
    public void An_empty_set_verifies_nothing()
    {
        Assert.Equal(0, MasterKeys.None.Count);
        Assert.False(MasterKeys.None.Verify(Message, Signature));
        Assert.Equal(0, MasterKeys.FromPem().Count);
    }

    [Fact]
    [Conforms("protocol", 36)]
    public async Task Loads_a_folder_of_pub_files()
    {
        using var folder = new TempFolder();
        folder.Write("one.pub", Encoding.ASCII.GetBytes(SignedSet.Master.ExportSubjectPublicKeyInfoPem()));
        folder.Write("two.pub", Encoding.ASCII.GetBytes(Vectors.MasterKeyPem));
        folder.Write("readme.txt", "no key"u8);

        var keys = await MasterKeys.LoadAsync(folder.Path);
        Assert.Equal(2, keys.Count);
        Assert.True(keys.Verify(Message, Signature));

        Assert.Equal(1, (await MasterKeys.LoadAsync(folder.Combine("one.pub"))).Count);
        Assert.Equal(3, (await MasterKeys.LoadAsync([folder.Path, folder.Combine("one.pub")])).Count);
    }

    [Fact]
    public async Task One_bad_file_fails_the_set_and_is_named()
    {
        using var folder = new TempFolder();
        folder.Write("a.pub", Encoding.ASCII.GetBytes(Vectors.MasterKeyPem));
        string bad = folder.Write("b.pub", "no key"u8);
        Assert.Equal(bad, (await Assert.ThrowsAsync<CvmfsFormatException>(() => MasterKeys.LoadAsync(folder.Path))).Document);

        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        folder.Write("b.pub", Encoding.ASCII.GetBytes(ec.ExportSubjectPublicKeyInfoPem()));
        Assert.Equal(bad, (await Assert.ThrowsAsync<CvmfsFormatException>(() => MasterKeys.LoadAsync(folder.Path))).Document);

        folder.Write("b.pub", new byte[2 << 20]);
        Assert.Equal(bad, (await Assert.ThrowsAsync<CvmfsFormatException>(() => MasterKeys.LoadAsync(folder.Path))).Document);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_an_error()
    {
        using var folder = new TempFolder();
        await Assert.ThrowsAsync<FileNotFoundException>(() => MasterKeys.LoadAsync(folder.Combine("absent.pub")));
    }

    [Fact]
    public void A_private_key_is_no_public_key() => Assert.Throws<CvmfsFormatException>(() => MasterKeys.FromPem(SignedSet.Master.ExportPkcs8PrivateKeyPem()));

    [Fact]
    public void Random_text_is_no_key() => Properties.Hold<string>(text => Assert.Throws<CvmfsFormatException>(() => MasterKeys.FromPem(text ?? "")));

    [Fact]
    public void Random_bytes_in_the_frame_are_no_key()
        => Properties.Hold<byte[]>(bytes => Assert.Throws<CvmfsFormatException>(() => MasterKeys.FromPem(PemEncoding.WriteString("PUBLIC KEY", bytes))));
}
