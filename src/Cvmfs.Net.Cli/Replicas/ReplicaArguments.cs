using System.CommandLine;
using Cvmfs.Net.Cli.Commands;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Transport.Proxies;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>The arguments that commands which copy repositories share, and what they make of them.</summary>
internal static class ReplicaArguments
{
    public static Option<string> Upstream() => new("--upstream")
    {
        Description = "Where to copy from: a repository URL, several joined by commas, or a folder.",
        HelpName = "SOURCE",
        Required = true,
    };

    public static Option<string[]> Keys() => new("--key", "-k")
    {
        Description = "Public master key: a file, or a folder of *.pub files. Repeatable.",
        HelpName = "KEY",
    };

    public static Option<int?> Connections()
    {
        var connections = new Option<int?>("--connections") { Description = "Connections to each server at once; default 32.", HelpName = "N" };
        connections.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 1024) result.AddError("--connections: expected 1 to 1024.");
        });
        return connections;
    }

    public static Option<string?> Name() => new("--name") { Description = "The repository's name, where the address is an alias.", HelpName = "FQRN" };

    public static Option<string?> Filter() => new("--filter")
    {
        Description = "Copy only the nested catalogs that the rules in this file name, as in a .cvmfsdirtab.",
        HelpName = "FILE",
    };

    public static Option<bool> Json() => new("--json") { Description = "Report as one JSON object." };

    public static async Task<MasterKeys> LoadKeysAsync(string[]? paths, CancellationToken cancellationToken)
        => await KeyFiles.LoadAsync(paths ?? [], cancellationToken)
            ?? throw new CliException(ExitCodes.VerificationFailed, "no key to verify the upstream with.", "Give its public key with -k FILE_OR_DIR.");

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
            await using var source = RepositorySource.Open(upstream, new RepositorySourceOptions { Proxies = proxies is null ? null : ClientProxyList.Parse(proxies) });
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
