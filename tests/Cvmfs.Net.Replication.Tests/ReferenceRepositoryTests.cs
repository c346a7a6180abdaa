using System.Text;
using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>Every repository that the reference tools wrote, served by our server, replicated by our engine.</summary>
public sealed partial class ReferenceRepositoryTests
{
    public static TheoryData<string> Names => [.. TestData.Names];

    [Theory]
    [MemberData(nameof(Names))]
    [Conforms("stratum1", 1)]
    [Conforms("stratum1", 4)]
    [Conforms("stratum1", 17)]
    [Conforms("stratum1", 23)]
    [Conforms("stratum1", 26)]
    [Conforms("stratum1", 28)]
    [Conforms("stratum1", 29)]
    [Conforms("protocol", 7)]
    [Conforms("protocol", 9)]
    [Conforms("protocol", 52)]
    [Conforms("protocol", 54)]
    public async Task A_first_snapshot_is_byte_for_byte_what_the_origin_serves(string name)
    {
        using var origin = TestData.Unpack(name);
        await using var server = await TestOrigin.StartAsync(origin.Path, name);
        await using var replica = new ReplicaSetup(server.Url, name, await ReplicaSetup.KeysAsync(name));

        var report = await replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(SnapshotOutcome.Updated, report.Outcome);
        Assert.True(report.IsInitial);
        ReplicaInvariants.Check(replica.Folder);
        foreach (string file in (string[])[".cvmfspublished", ".cvmfswhitelist", .. ReplicaInvariants.Objects(replica.Folder)])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(origin.Path, file)), replica.Read(file));
        }

        Assert.Equal(Expected(origin.Path).Order(), ReplicaInvariants.Objects(replica.Folder).Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Conforms("stratum1", 36)]
    public async Task Each_object_is_asked_for_once(string name)
    {
        using var origin = TestData.Unpack(name);
        await using var server = await TestOrigin.StartAsync(origin.Path, name);
        await using var replica = new ReplicaSetup(server.Url, name, await ReplicaSetup.KeysAsync(name));
        await replica.SnapshotAsync();
        Assert.Equal(server.Objects.Distinct().Order(), server.Objects.Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Conforms("stratum1", 39)]
    public async Task A_second_snapshot_finds_nothing_new_in_at_most_four_requests(string name)
    {
        using var origin = TestData.Unpack(name);
        await using var server = await TestOrigin.StartAsync(origin.Path, name);
        await using var replica = new ReplicaSetup(server.Url, name, await ReplicaSetup.KeysAsync(name));
        await replica.SnapshotAsync();
        server.Requests.Clear();

        var report = await replica.SnapshotAsync();

        Assert.Equal(SnapshotOutcome.Unchanged, report.Outcome);
        Assert.False(report.WhitelistRenewed);
        Assert.Equal(["GET .cvmfspublished", "GET .cvmfswhitelist", "HEAD .cvmfs_master_replica"], server.Requests.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Conforms("stratum1", 43)]
    [Conforms("stratum1", 48)]
    [Conforms("protocol", 105)]
    [Conforms("protocol", 107)]
    [Conforms("protocol", 108)]
    public async Task The_reflog_is_the_replicas_own_and_names_what_it_holds(string name)
    {
        using var origin = TestData.Unpack(name);
        await using var server = await TestOrigin.StartAsync(origin.Path, name);
        await using var replica = new ReplicaSetup(server.Url, name, await ReplicaSetup.KeysAsync(name));
        await replica.SnapshotAsync();

        Assert.DoesNotContain("GET .cvmfsreflog", server.Requests);
        string checksum = Encoding.ASCII.GetString(replica.Read(".replica/reflog.chksum"));
        var algorithm = Hashing.ContentHash.Parse(ReplicaInvariants.Field(origin.Path, 'C')).Algorithm;
        Assert.Equal(Hashing.ContentHash.Compute(algorithm, replica.Read(".cvmfsreflog")).ToString(), checksum);

        var logged = ReplicaInvariants.Reflog(replica.Folder);
        string?[] expected =
        [
            .. ReplicaInvariants.Roots(origin.Path).Select(root => root + " 0"), Line('X', 1), Line('H', 2), Line('M', 3),
        ];
        Assert.Equal(expected.OfType<string>().Order(), logged.Order());

        string? Line(char field, int type) => ReplicaInvariants.Field(origin.Path, field) is { } hash ? $"{hash} {type}" : null;
    }

    [Fact]
    [Conforms("stratum1", 9)]
    [Conforms("stratum1", 10)]
    [Conforms("stratum1", 14)]
    [Conforms("protocol", 114)]
    [Conforms("protocol", 117)]
    [Conforms("protocol", 118)]
    public async Task Status_files_say_that_a_snapshot_runs_and_then_that_it_succeeded()
    {
        const string name = "empty.example.org";
        using var origin = TestData.Unpack(name);
        await using var server = await TestOrigin.StartAsync(origin.Path, name);
        await using var replica = new ReplicaSetup(server.Url, name, await ReplicaSetup.KeysAsync(name));
        string? during = null;
        bool lastSnapshotTooEarly = false;
        server.Interfere = (_, _) =>
        {
            during ??= Encoding.ASCII.GetString(replica.Read(".cvmfs_is_snapshotting"));
            lastSnapshotTooEarly |= replica.Has(".cvmfs_last_snapshot") || replica.Has(".cvmfs_status.json");
            return Task.FromResult(false);
        };

        await replica.SnapshotAsync();

        Assert.Matches(DateLine(), during);
        Assert.False(lastSnapshotTooEarly);
        Assert.False(replica.Has(".cvmfs_is_snapshotting"));
        Assert.Matches(DateLine(), Encoding.ASCII.GetString(replica.Read(".cvmfs_last_snapshot")));
        Assert.Contains("\"last_snapshot\"", Encoding.UTF8.GetString(replica.Read(".cvmfs_status.json")), StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("stratum1", 11)]
    [Conforms("protocol", 116)]
    public async Task Keys_of_others_in_the_status_document_survive()
    {
        const string name = "empty.example.org";
        using var origin = TestData.Unpack(name);
        await using var server = await TestOrigin.StartAsync(origin.Path, name);
        await using var replica = new ReplicaSetup(server.Url, name, await ReplicaSetup.KeysAsync(name));
        Directory.CreateDirectory(replica.Folder);
        await File.WriteAllTextAsync(Path.Combine(replica.Folder, ".cvmfs_status.json"),
            """{"last_gc":"Sun Jan  5 02:00:00 UTC 2025","site":{"room":7}}""", TestContext.Current.CancellationToken);

        await replica.SnapshotAsync();

        string status = Encoding.UTF8.GetString(replica.Read(".cvmfs_status.json")).Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        Assert.Contains("\"last_gc\":\"SunJan502:00:00UTC2025\"", status, StringComparison.Ordinal);
        Assert.Contains("\"room\":7", status, StringComparison.Ordinal);
        Assert.Contains("\"last_snapshot\"", status, StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("stratum1", 27)]
    [Conforms("protocol", 135)]
    public async Task External_data_is_not_asked_for()
    {
        const string name = "external.example.org";
        using var origin = TestData.Unpack(name);
        await using var server = await TestOrigin.StartAsync(origin.Path, name);
        await using var replica = new ReplicaSetup(server.Url, name, await ReplicaSetup.KeysAsync(name));
        await replica.SnapshotAsync();
        Assert.DoesNotContain(server.Objects, path => path.EndsWith('P'));
        Assert.Contains(ReplicaInvariants.Objects(origin.Path), path => path.EndsWith('P')); // there they are, left over by the publisher
    }

    [Fact]
    [Conforms("stratum1", 12)]
    public async Task Files_can_be_read_by_a_web_server_of_another_user()
    {
        if (OperatingSystem.IsWindows()) return; // no modes there
        const string name = "empty.example.org";
        using var origin = TestData.Unpack(name);
        await using var replica = new ReplicaSetup(origin.Path, name, await ReplicaSetup.KeysAsync(name));
        await replica.SnapshotAsync();
        const UnixFileMode everyoneReads = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        foreach (string file in Directory.GetFiles(replica.Folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            Assert.Equal(everyoneReads, File.GetUnixFileMode(file) & (everyoneReads | UnixFileMode.OtherWrite));
        }

        Assert.Equal(256, Directory.GetDirectories(Path.Combine(replica.Folder, "data"), "??").Length);
    }

    [GeneratedRegex(@"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 123]\d \d\d:\d\d:\d\d UTC 20\d\d\n\z")]
    private static partial Regex DateLine();

    /// <summary>All that a first snapshot of an origin has to copy.</summary>
    private static HashSet<string> Expected(string folder)
    {
        var expected = ReplicaInvariants.Reachable(folder, ReplicaInvariants.Roots(folder).Select(root => ReplicaInvariants.PathOf(root, "C")));
        expected.UnionWith(ReplicaInvariants.Named(folder));
        return expected;
    }
}
