using Cvmfs.Net.Manifests;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>What commands that copy repositories make of their arguments.</summary>
internal static class ReplicaArguments
{
    public static async Task<PathFilter?> LoadFilterAsync(string? file, CancellationToken cancellationToken)
    {
        try
        {
            return file is null ? null : await PathFilter.LoadAsync(file, cancellationToken);
        }
        catch (Exception wrong) when (wrong is PathFilterException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(wrong.Message);
        }
    }

    public static async Task<RepositoryName> ResolveNameAsync(string? given, string upstream, string? proxies, CancellationToken cancellationToken)
    {
        if (given is not null) return RepositoryName.TryParse(given, out var named) ? named : throw CliException.Usage($"\"{given}\" is no repository name.");
        if (CvmfsRepository.NameFromAddress(upstream) is { IsEmpty: false } promised) return promised;
        // A folder or an alias: what it says of itself will have to be signed.
        try
        {
            await using var source = RepositorySource.Open(upstream, new RepositorySourceOptions { Proxies = proxies is null ? null : ProxyList.Parse(proxies) });
            byte[] document = await source.ReadRootFileAsync(RootFileNames.Manifest, cancellationToken: cancellationToken)
                ?? throw new CvmfsTransportException(source.Origin, $"there is no {RootFileNames.Manifest}.", isTransient: false);
            return RepositoryName.Parse(Manifest.Parse(document, source.Origin).RepositoryName);
        }
        catch (ArgumentException refused)
        {
            throw CliException.Usage(refused.Message);
        }
    }
}
