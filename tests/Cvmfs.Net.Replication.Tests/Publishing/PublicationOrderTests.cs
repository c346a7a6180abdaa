using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Publishing;

/// <summary>What is there before what.</summary>
public sealed class PublicationOrderTests
{
    [Fact]
    [Conforms("stratum1", 2)]
    public async Task All_folders_are_there_before_the_first_object_is_asked_for_and_what_is_staged_lies_beneath_data()
    {
        using var upstream = await new RepositoryBuilder().Files("/a", 20).BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        string data = Path.Combine(replica.Folder, "data");
        (int Folders, int Objects, bool HasTransactions)? seen = null;
        server.Interfere = (_, path) =>
        {
            if (!path.StartsWith("data/", StringComparison.Ordinal) || path.EndsWith('X')) return Task.FromResult(false); // the certificate is verified first, and stored last
            seen ??= (
                Enumerable.Range(0, 256).Count(i => Directory.Exists(Path.Combine(data, $"{i:x2}"))),
                ReplicaInvariants.Objects(replica.Folder).Count(),
                new DirectoryInfo(Path.Combine(data, "txn")) is { Exists: true, LinkTarget: null });
            return Task.FromResult(false);
        };

        var report = await replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal((256, 0, true), seen);
    }

    [Fact]
    [Conforms("stratum1", 13)]
    public async Task Alternative_names_come_before_whitelist_and_manifest()
    {
        using var upstream = await new RepositoryBuilder().Options(options => options with { HasAlternativePaths = true }).Files("/a", 3).BuildAsync();
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);
        string obstacle = Path.Combine(replica.Folder, ".cvmfswhitelist");
        Directory.CreateDirectory(obstacle); // the step between links and manifest fails

        Assert.Equal(SnapshotOutcome.StorageFailed, (await replica.SnapshotAsync()).Outcome);

        Assert.False(replica.Has(".cvmfspublished"));
        string[] names = [.. "CXHM".Select(field => ".cvmfsalt-" + ReplicaInvariants.Field(upstream.Path, field) + field)];
        Assert.All(names, name => Assert.True(replica.Has(name), name));

        Directory.Delete(obstacle);
        foreach (string name in names) File.Delete(Path.Combine(replica.Folder, name));
        Directory.CreateDirectory(Path.Combine(replica.Folder, names[0])); // now the links cannot be made
        Assert.False((await replica.SnapshotAsync()).Succeeded);
        Assert.False(replica.Has(".cvmfswhitelist"));
        Assert.False(replica.Has(".cvmfspublished"));
    }
}
