using System.CommandLine;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Publishing.Signing;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>publish init</c>: a new, empty repository.</summary>
internal static class PublishInitCommand
{
    public static Command Create(CliHost host)
    {
        var name = new Argument<string>("FQRN") { Description = "The repository's name, such as software.example.org." };
        var place = new PublishArguments();
        var hash = new Option<string>("--hash") { Description = "Algorithm of all hashes.", DefaultValueFactory = _ => "sha1" };
        hash.AcceptOnlyFromAmong("sha1", "rmd160", "shake128");
        var collectable = new Option<bool>("--garbage-collectable") { Description = "Allow objects to be collected." };
        var isVolatile = new Option<bool>("--volatile") { Description = "Tell clients to drop its files first." };
        var ttl = new Option<int?>("--ttl") { Description = "Seconds that clients wait before they look for a new revision; 240 when left out.", HelpName = "SECONDS" };
        var validity = new Option<int>("--whitelist-days") { Description = "How long the whitelist is valid.", HelpName = "DAYS", DefaultValueFactory = _ => 30 };
        var meta = new Option<FileInfo?>("--meta-info") { Description = "JSON file about the repository.", HelpName = "FILE" };
        var command = new CliCommand(
            "init",
            "Make a new, empty repository. Makes its keys, too, if there are none.",
            "publish init software.example.org --storage /srv/cvmfs/software.example.org --keys ./keys",
            "publish init test.example.org --storage ./test.example.org --keys ./keys --hash shake128 --garbage-collectable")
        {
            name, hash, collectable, isVolatile, ttl, validity, meta,
        };
        place.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var repository = NameArgument.Parse(parse.GetRequiredValue(name));
            string folder = Path.GetFullPath(parse.GetRequiredValue(place.Keys));
            string storage = Path.GetFullPath(parse.GetRequiredValue(place.Storage));
            if (!File.Exists(Path.Combine(folder, $"{repository}.crt")))
            {
                using var made = PublisherKeys.Create(repository, timeProvider: host.Clock);
                await made.SaveAsync(folder, cancellationToken);
            }

            using var keys = await PublishArguments.LoadKeysAsync(folder, repository, cancellationToken);
            var options = new PublisherOptions
            {
                HashAlgorithm = parse.GetRequiredValue(hash) switch { "sha1" => HashAlgorithmId.Sha1, "rmd160" => HashAlgorithmId.RipeMd160, _ => HashAlgorithmId.Shake128 },
                IsGarbageCollectable = parse.GetValue(collectable),
                IsVolatile = parse.GetValue(isVolatile),
                Ttl = parse.GetValue(ttl) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                WhitelistValidity = TimeSpan.FromDays(parse.GetValue(validity)),
                MetaInfo = parse.GetValue(meta) is { } file ? await File.ReadAllTextAsync(file.FullName, cancellationToken) : null,
            };
            using var publisher = await PublishErrors.TranslateAsync(() => RepositoryPublisher.InitAsync(storage, keys, options, host.Clock, cancellationToken));
            await host.Error.WriteLineAsync($"{repository} is in {storage}, revision {publisher.Manifest.Revision}. Serve it with: {CvmfsCommandLine.ProgramName} serve --root {Path.GetDirectoryName(storage)}");
            return ExitCodes.Done;
        });
    }
}
