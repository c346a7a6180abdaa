using Cvmfs.Net.Documents;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A host's <c>repositories.json</c>, made from its configuration.</summary>
public static class HostInfo
{
    /// <summary>The folder with the host's documents.</summary>
    public static InfoFolder FolderOf(HostConfigurationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return InfoFolder.Below(Path.GetFullPath(options.StorageRoot));
    }

    /// <summary>What the host has.</summary>
    public static RepositoriesDocument Describe(HostConfiguration host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var document = new RepositoriesDocument
        {
            Schema = 1,
            Repositories = [.. host.Stratum0s.Select(one => Listing(one.Alias, one.Name, isPassThrough: false))],
            Replicas = [.. host.Replicas.Select(replica => Listing(replica.Alias, replica.Repository, replica.IsPassThrough))],
        };
        if (host.PublishesVersions) document = document.WithVersions();
        return host.Geo.IsOff ? document : document.WithGeoDatabase(host.Geo.DatabaseFile ?? Path.Combine(host.Geo.DatabaseFolder, host.Geo.DatabaseName + ".mmdb"));
    }

    /// <summary>Writes the host's documents: the list anew, the operator's only where it is missing.</summary>
    /// <exception cref="IOException">The folder cannot take them.</exception>
    public static void Write(HostConfiguration host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var folder = FolderOf(host.Options);
        folder.WriteRepositories(Describe(host));
        folder.EnsureMeta();
    }

    private static RepositoryListing Listing(string alias, Manifests.RepositoryName name, bool isPassThrough) => new()
    {
        Name = name,
        Alias = alias == name.ToString() ? null : alias,
        Url = "/cvmfs/" + alias,
        IsPassThrough = isPassThrough,
    };
}
