using System.CommandLine;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Cli.Commands;

/// <summary>Where a repository and its keys are: what every command of a publisher takes.</summary>
internal sealed class PublishArguments
{
    public Option<string> Storage { get; } = new("--storage") { Description = "The repository's folder, to be served as /cvmfs/<name>.", HelpName = "DIR", Required = true };

    public Option<string> Keys { get; } = new("--keys") { Description = "Folder with <name>.crt, .key, .pub and, for whitelists, .masterkey.", HelpName = "DIR", Required = true };

    public void AddTo(Command command)
    {
        command.Options.Add(Storage);
        command.Options.Add(Keys);
    }

    /// <summary>Opens the repository for publishing; both results are the caller's to dispose.</summary>
    public async Task<OpenPublisher> OpenAsync(ParseResult parse, CliHost host, PublisherOptions? options, CancellationToken cancellationToken)
    {
        string storage = Path.GetFullPath(parse.GetRequiredValue(Storage));
        string manifestFile = Path.Combine(storage, RootFileNames.Manifest);
        if (!File.Exists(manifestFile)) throw CliException.Usage($"there is no repository in {storage}.", "Make one with publish init.");
        var name = RepositoryName.Parse(Manifest.Parse(await File.ReadAllBytesAsync(manifestFile, cancellationToken), manifestFile).RepositoryName);
        var keys = await LoadKeysAsync(parse.GetRequiredValue(Keys), name, cancellationToken);
        try
        {
            return new OpenPublisher(keys, await RepositoryPublisher.OpenAsync(storage, keys, options, host.Clock, cancellationToken));
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    public static async Task<PublisherKeys> LoadKeysAsync(string folder, RepositoryName name, CancellationToken cancellationToken)
    {
        try
        {
            return await PublisherKeys.LoadAsync(folder, name, cancellationToken);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliException.Usage($"there are no keys of {name} in {folder}.", $"Make some with publish keys {name} --keys {folder}.");
        }
    }
}

/// <summary>A publisher and the keys that it signs with.</summary>
internal sealed record OpenPublisher(PublisherKeys Keys, RepositoryPublisher Publisher) : IDisposable
{
    public void Dispose()
    {
        Publisher.Dispose();
        Keys.Dispose();
    }
}
