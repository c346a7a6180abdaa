using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class DirectoryRepositorySourceTests : IDisposable
{
    private static readonly byte[] s_content = "stored"u8.ToArray();
    private static readonly ObjectKey s_key = new(ContentHash.Compute(HashAlgorithmId.Sha1, s_content), ObjectSuffix.Certificate);

    private readonly TempFolder _folder = new();
    private readonly DirectoryRepositorySource _source;

    public DirectoryRepositorySourceTests()
    {
        Directory.CreateDirectory(_folder.Combine("repository"));
        _source = new DirectoryRepositorySource(_folder.Combine("repository"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_repository_is_a_failure_and_not_an_empty_one()
    {
        await using var source = new DirectoryRepositorySource(_folder.Combine("unmounted"));
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await source.OpenObjectAsync(s_key));
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await source.OpenRootFileAsync(RootFileNames.Manifest));
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await source.RootFileExistsAsync(RootFileNames.Manifest));
    }

    [Fact]
    public async Task Links_that_lead_out_are_not_followed()
    {
        string secret = _folder.Write("secret", "secret"u8);
        File.CreateSymbolicLink(_folder.Combine("repository/.cvmfspublished"), secret);
        string path = _folder.Combine("repository/" + ObjectPath.Of(s_key));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, secret);
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenRootFileAsync(RootFileNames.Manifest));
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
    }

    [Fact]
    public async Task An_alternative_name_leads_to_its_object_whatever_the_link_says()
    {
        var store = new FileObjectStore(_folder.Combine("repository"));
        await store.PutAsync(s_key, s_content);
        await new RootFolder(_folder.Combine("repository")).LinkAlternativeAsync(s_key);
        Assert.Equal(s_content, await _source.ReadRootFileAsync(ObjectPath.AlternativeOf(s_key)));

        string link = _folder.Combine("repository/" + ObjectPath.AlternativeOf(s_key));
        File.Delete(link);
        File.CreateSymbolicLink(link, _folder.Write("secret", "secret"u8));
        Assert.Equal(s_content, await _source.ReadRootFileAsync(ObjectPath.AlternativeOf(s_key)));
    }

    [Fact]
    public async Task A_folder_in_the_place_of_a_file_is_a_typed_failure()
    {
        Directory.CreateDirectory(_folder.Combine("repository/.cvmfspublished"));
        Directory.CreateDirectory(_folder.Combine("repository/" + ObjectPath.Of(s_key)));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenRootFileAsync(RootFileNames.Manifest));
        Assert.False(fault.IsTransient);
        Assert.Contains("folder", fault.Message);
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await _source.OpenObjectAsync(s_key));
    }
}
