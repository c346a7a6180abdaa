using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class GeoUpdateCommandTests : IDisposable
{
    private readonly ManagedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    [Conforms("stratum1", 95)]
    public async Task Links_to_the_database_that_the_hosts_files_name_and_says_its_date()
    {
        string database = _host.Folder.Write("theirs.mmdb", []);
        File.SetLastWriteTimeUtc(database, new DateTime(2025, 1, 6, 8, 5, 9, DateTimeKind.Utc));
        _host.Folder.Write("etc/server.local", System.Text.Encoding.ASCII.GetBytes($"CVMFS_GEO_DB_FILE={database}\nCVMFS_UPDATEGEO_DIR={_host.Folder.Combine("geo")}\n"));
        var info = InfoFolder.Below(_host.Folder.Combine("srv"));
        info.WriteRepositories(new RepositoriesDocument { Replicas = [new RepositoryListing { Name = RepositoryName.Parse("a.example.org") }] });

        (await UpdateAsync()).Expect(ExitCodes.Done);

        Assert.Equal(database, new FileInfo(_host.Folder.Combine("geo/GeoLite2-City.mmdb")).LinkTarget);
        Assert.Equal("Mon Jan  6 08:05:09 UTC 2025", info.ReadRepositories()!.LastGeoDbUpdate!.Text);
    }

    [Fact]
    public async Task Says_what_is_missing_and_never_the_key()
    {
        _host.Folder.Write("etc/server.local", System.Text.Encoding.ASCII.GetBytes($"CVMFS_UPDATEGEO_DIR={_host.Folder.Combine("geo")}\nCVMFS_GEO_LICENSE_KEY=s3cret\n"));
        var run = (await UpdateAsync("--lazy")).Expect(ExitCodes.Usage);
        Assert.Contains("CVMFS_GEO_ACCOUNT_ID", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publisher_that_cannot_be_reached_is_an_unreachable_upstream()
    {
        _host.Folder.Write("etc/server.local", System.Text.Encoding.ASCII.GetBytes(
            $"CVMFS_UPDATEGEO_DIR={_host.Folder.Combine("geo")}\nCVMFS_GEO_ACCOUNT_ID=1\nCVMFS_GEO_LICENSE_KEY=s3cret\nCVMFS_UPDATEGEO_URLBASE=http://127.0.0.1:1/databases\n"));
        Assert.DoesNotContain("s3cret", (await UpdateAsync()).Expect(ExitCodes.UpstreamUnreachable).Error, StringComparison.Ordinal);
    }

    private Task<CliRun> UpdateAsync(params string[] options) => CliRun.RunAsync(["geo", "update", .. options, .. _host.Places]);
}
