using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Documents;

public sealed class InfoFolderTests : IDisposable
{
    private readonly TempFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    [Conforms("stratum1", 95)]
    public void Writes_every_key_in_the_references_order_with_a_mode_for_everybody()
    {
        string database = _root.Write("geo/db.mmdb", []);
        File.SetLastWriteTimeUtc(database, new DateTime(2025, 1, 6, 8, 5, 9, DateTimeKind.Utc));
        File.CreateSymbolicLink(_root.Combine("geo/link"), "db.mmdb");
        var folder = InfoFolder.Below(_root.Combine("srv"), new FakeClock());

        folder.WriteRepositories(new RepositoriesDocument
        {
            CvmfsVersion = "2.12.0-1",
            OsId = "rhel",
            OsVersionId = "9.5",
            OsPrettyName = "RHEL \"9.5\"",
            Repositories = [new RepositoryListing { Name = RepositoryName.Parse("own.example.org"), Alias = "own.example.org" }],
            Replicas = [new RepositoryListing { Name = RepositoryName.Parse("data.example.org"), Alias = "data", IsPassThrough = true }],
        }.WithGeoDatabase(_root.Combine("geo/link")));

        Assert.Equal("""
            {
              "schema": 1,
              "last_geodb_update": "Mon Jan  6 08:05:09 UTC 2025",
              "cvmfs_version": "2.12.0-1",
              "os_id": "rhel",
              "os_version_id": "9.5",
              "os_pretty_name": "RHEL \"9.5\"",
              "repositories": [
                {
                  "name": "own.example.org",
                  "url": "/cvmfs/own.example.org"
                }
              ],
              "replicas": [
                {
                  "name": "data.example.org",
                  "alias": "data",
                  "pass-through": true,
                  "url": "/cvmfs/data"
                }
              ]
            }

            """, File.ReadAllText(_root.Combine("srv/info/v1/repositories.json")));
        if (!OperatingSystem.IsWindows()) Assert.Equal("644", Convert.ToString((int)File.GetUnixFileMode(folder.RepositoriesFile), 8));
        Assert.Equal(["srv/info/v1/repositories.json"], _root.Files().Where(file => file.StartsWith("srv/", StringComparison.Ordinal)));
    }

    [Fact]
    [Conforms("stratum1", 95)]
    public void A_new_geo_database_changes_its_date_and_nothing_else()
    {
        var folder = InfoFolder.Below(_root.Path);
        string database = _root.Write("db.mmdb", []);
        Assert.False(folder.RefreshGeoDatabaseDate(database));
        folder.WriteRepositories(new RepositoriesDocument { OsId = "x", Replicas = [new RepositoryListing { Name = RepositoryName.Parse("a.example.org") }] });
        File.SetLastWriteTimeUtc(database, new DateTime(2026, 11, 22, 9, 29, 34, DateTimeKind.Utc));

        Assert.True(folder.RefreshGeoDatabaseDate(database));

        var read = folder.ReadRepositories()!;
        Assert.Equal(("Sun Nov 22 09:29:34 UTC 2026", "x", "a.example.org"), (read.LastGeoDbUpdate!.Text, read.OsId, read.Replicas.Single().Name.ToString()));
        File.Delete(database);
        Assert.True(folder.RefreshGeoDatabaseDate(database));
        Assert.Null(folder.ReadRepositories()!.LastGeoDbUpdate);
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_list()
    {
        var folder = InfoFolder.Below(_root.Path);
        var lists = Enumerable.Range(0, 2).Select(many => new RepositoriesDocument
        {
            Replicas = [.. Enumerable.Range(0, 1 + (many * 300)).Select(i => new RepositoryListing { Name = RepositoryName.Parse($"r{i}.example.org") })],
        }).ToArray();
        folder.WriteRepositories(lists[0]);
        using var ended = new CancellationTokenSource();
        var reader = Task.Run(
            () =>
            {
                while (!ended.IsCancellationRequested) Assert.Contains(folder.ReadRepositories()!.Replicas.Count, new[] { 1, 301 });
            },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < 50; i++) folder.WriteRepositories(lists[i % 2]);
        await ended.CancelAsync();
        await reader;
        Assert.Single(_root.Files());
    }

    [Fact]
    public void A_new_server_starts_with_a_document_to_fill_in_and_keeps_what_was_filled_in()
    {
        var folder = InfoFolder.Below(_root.Path);
        Assert.Null(folder.ReadMeta());
        Assert.True(folder.EnsureMeta());
        Assert.Equal("{\n  \"administrator\": \"\",\n  \"email\": \"\",\n  \"organisation\": \"\",\n  \"custom\": {}\n}\n", File.ReadAllText(folder.MetaFile));

        byte[] edited = Encoding.UTF8.GetBytes("{ \"administrator\": \"A. Person\" }");
        folder.WriteMeta(edited);

        Assert.False(folder.EnsureMeta());
        Assert.Equal(edited, File.ReadAllBytes(folder.MetaFile));
        Assert.Throws<CvmfsFormatException>(() => folder.WriteMeta("{ \"administrator\": "u8.ToArray()));
        Assert.Equal("A. Person", folder.ReadMeta()!.Administrator);
    }

    [Fact]
    public void Names_the_file_that_is_no_list()
    {
        var folder = InfoFolder.Below(_root.Path);
        _root.Write("info/v1/repositories.json", "[]"u8);
        Assert.Equal(folder.RepositoriesFile, Assert.Throws<CvmfsFormatException>(() => folder.ReadRepositories()).Document);
        _root.Write("info/v1/repositories.json", new byte[(1 << 20) + 1]);
        Assert.Equal(folder.RepositoriesFile, Assert.Throws<CvmfsFormatException>(() => folder.ReadRepositories()).Document);
    }

    [Fact]
    public void A_status_by_the_reference_tools_is_written_again_byte_by_byte()
    {
        using var repository = TestData.Unpack("all.example.org");
        byte[] theirs = File.ReadAllBytes(Path.Combine(repository.Path, ".cvmfs_status.json"));
        Assert.Equal(theirs, StatusDocument.Parse(theirs).ToBytes());
    }
}
