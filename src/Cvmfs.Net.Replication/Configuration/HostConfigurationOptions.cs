namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Where a host's configuration and data lie. The defaults are the reference's.</summary>
public sealed record HostConfigurationOptions
{
    /// <summary>Folder with <c>repositories.d/</c> and <c>server.local</c>. Default <c>/etc/cvmfs</c>.</summary>
    public string Folder { get; init; } = "/etc/cvmfs";

    /// <summary>Folder with the storage folders of new replicas and <c>info/</c>. Default <c>/srv/cvmfs</c>.</summary>
    public string StorageRoot { get; init; } = "/srv/cvmfs";

    /// <summary>Folder with the spool folders of new replicas, and with those that name none. Default <c>/var/spool/cvmfs</c>.</summary>
    public string SpoolRoot { get; init; } = "/var/spool/cvmfs";

    /// <summary>Variables that files may refer to and that they override; null for none. Programs hand in their environment.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Folder with a folder per repository.</summary>
    public string RepositoriesFolder => Path.Combine(Path.GetFullPath(Folder), "repositories.d");
}
