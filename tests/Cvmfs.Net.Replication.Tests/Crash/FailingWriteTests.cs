using System.Diagnostics;
using System.Text;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Crash;

/// <summary>A disk that fails: at every write in turn, at every root file, and for real, by a limit on the size of files.</summary>
public sealed class FailingWriteTests
{
    private const int TooMany = 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [Conforms("stratum1", 103)]
    [InlineData(28, SnapshotOutcome.StorageFull)]  // ENOSPC
    [InlineData(5, SnapshotOutcome.StorageFailed)] // EIO
    public async Task Every_single_write_may_fail_once(int error, SnapshotOutcome expected)
    {
        using var upstream = await Tree().BuildAsync("tag");
        int failures = 0;
        for (int nth = 1; nth < TooMany; nth++)
        {
            int writes = 0;
            using var folder = new TempFolder();
            var store = new FaultyObjectStore(new FileObjectStore(folder.Path), (operation, _) =>
                operation is FaultyObjectStore.Operation.Put or FaultyObjectStore.Operation.Write or FaultyObjectStore.Operation.Complete or FaultyObjectStore.Operation.Commit
                && Interlocked.Increment(ref writes) == nth ? new IOException("disk", error) : null);
            await using (var failing = new Replica(Options(upstream, folder.Path), upstream.TrustedKeys, new ReplicaServices { Objects = store }))
            {
                var report = await failing.SnapshotAsync(cancellationToken: Token);
                if (writes < nth)
                {
                    Assert.True(report.Succeeded, report.Message);
                    Assert.InRange(failures, 20, TooMany);
                    return;
                }

                Assert.True(report.Outcome == expected, $"write {nth}: {report.Outcome}, {report.Message}");
                failures++;
            }

            Assert.False(File.Exists(folder.Combine(".cvmfspublished")));
            Assert.False(File.Exists(folder.Combine(".cvmfs_is_snapshotting")));
            ReplicaInvariants.Check(folder.Path);
            await CompleteAsync(upstream, folder.Path);
        }

        Assert.Fail("The run never ended.");
    }

    [Theory]
    [Conforms("stratum1", 5)]
    [Conforms("stratum1", 103)]
    [InlineData(".cvmfs_is_snapshotting")]
    [InlineData(".cvmfsreflog")]
    [InlineData(".cvmfswhitelist")]
    [InlineData(".cvmfspublished")]
    [InlineData(".cvmfs_status.json")]
    [InlineData(".replica/reflog.chksum.new")]
    [InlineData(".replica/reflog.chksum")]
    public async Task A_root_file_that_cannot_be_written_ends_the_run_before_anything_is_shown_that_is_not_whole(string name)
    {
        using var upstream = await Tree().BuildAsync();
        using var folder = new TempFolder();
        string obstacle = folder.Combine(name);
        Directory.CreateDirectory(Path.Combine(obstacle, "in the way")); // nothing can be renamed over a folder that is not empty
        await using (var replica = new Replica(Options(upstream, folder.Path), upstream.TrustedKeys))
        {
            var report = await replica.SnapshotAsync(cancellationToken: Token);
            Assert.Equal(SnapshotOutcome.StorageFailed, report.Outcome);
        }

        ReplicaInvariants.Check(folder.Path);
        Assert.Null(ReplicaInvariants.CheckServed(folder.Path, upstream.Manifests));
        Directory.Delete(obstacle, recursive: true);
        await CompleteAsync(upstream, folder.Path);
    }

    [Fact]
    [Conforms("stratum1", 103)]
    public async Task A_folder_that_takes_no_objects_ends_the_run_and_the_next_one_completes_it()
    {
        using var upstream = await Tree().BuildAsync();
        using var folder = new TempFolder();
        string victim = Path.GetDirectoryName(folder.Combine(ObjectPath.Of(upstream.KeyOf("/a/0003"))))!;
        Directory.CreateDirectory(folder.Combine("data"));
        await File.WriteAllTextAsync(victim, "a file in the place of a folder", Token);
        await using (var replica = new Replica(Options(upstream, folder.Path), upstream.TrustedKeys))
        {
            Assert.Equal(SnapshotOutcome.StorageFailed, (await replica.SnapshotAsync(cancellationToken: Token)).Outcome);
        }

        Assert.False(File.Exists(folder.Combine(".cvmfspublished")));
        File.Delete(victim);
        await CompleteAsync(upstream, folder.Path);
    }

    [Theory]
    [Conforms("stratum1", 103)]
    [InlineData(1)]  // 512 bytes: not even small objects
    [InlineData(4)]  // small objects fit, chunks do not
    [InlineData(20)] // objects fit, the reflog does not
    public async Task Files_that_cannot_grow_end_the_run_and_the_next_one_completes_it(int blocks)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits of a shell");
        using var upstream = await Tree().BuildAsync();
        using var folder = new TempFolder();
        string storage = folder.Combine("storage");
        string keyFile = folder.Write("key.pub", Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
        // The kernel then writes what fits, and answers EFBIG to the rest. An ignored signal stays ignored in the child.
        var start = new ProcessStartInfo("sh", ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"", "sh", "dotnet", SnapshotProcess.Tool,
            "replica", "snapshot", "--upstream", upstream.Path, "--name", upstream.Name.ToString(), "--key", keyFile, "--storage", storage])
        {
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableWriteXorExecute"] = "0", ["DOTNET_EnableDiagnostics"] = "0" }, // the runtime's own memory files would hit the limit
        };
        using (var process = Process.Start(start)!)
        {
            string output = await process.StandardError.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            Assert.True(process.ExitCode == 6, $"{process.ExitCode}: {output}");
        }

        ReplicaInvariants.Check(storage);
        Assert.Null(ReplicaInvariants.CheckServed(storage, upstream.Manifests));
        await CompleteAsync(upstream, storage);
    }

    private static RepositoryBuilder Tree() => new RepositoryBuilder()
        .Nested("/a").Files("/a", 6).Nested("/a/deep").Files("/a/deep", 4).Nested("/b").Chunked("/b/large", 40_000).RandomFile("/b/file", 3_000).Files("/top", 3);

    private static ReplicationOptions Options(BuiltRepository upstream, string folder) => new()
    {
        Repository = upstream.Name.ToString(),
        Upstream = upstream.Path,
        StorageFolder = folder,
        MaxTransfers = 4,
        FlushBeforePublishing = false,
    };

    private static async Task CompleteAsync(BuiltRepository upstream, string folder)
    {
        await using var replica = new Replica(Options(upstream, folder), upstream.TrustedKeys);
        var report = await replica.SnapshotAsync(cancellationToken: Token);
        Assert.True(report.Succeeded, report.Message);
        ReplicaInvariants.Check(folder);
        Assert.Equal(upstream.Manifests.Count - 1, ReplicaInvariants.CheckServed(folder, upstream.Manifests));
    }
}
