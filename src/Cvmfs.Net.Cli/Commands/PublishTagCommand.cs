using System.CommandLine;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>publish tag</c>: names a revision, or takes a name away.</summary>
internal static class PublishTagCommand
{
    public static Command Create(CliHost host)
    {
        var place = new PublishArguments();
        var name = new Argument<string>("TAG") { Description = "Letters, digits and -_./:" };
        var description = new Option<string>("--description") { Description = "Free text.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var root = new Option<string?>("--root-hash") { Description = "Root catalog to name; the current revision when left out.", HelpName = "HASH" };
        var remove = new Option<bool>("--remove") { Description = "Take the name away." };
        root.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !ContentHash.TryParse(text, out _)) result.AddError($"--root-hash: \"{text}\" is no content hash.");
        });
        var command = new CliCommand(
            "tag",
            "Name a revision, or take a name away. Readers find it with --tag.",
            "publish tag release-7 --storage /srv/cvmfs/software.example.org --keys ./keys --description \"the seventh\"",
            "publish tag release-6 --remove --storage /srv/cvmfs/software.example.org --keys ./keys")
        {
            name, description, root, remove,
        };
        place.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            string tag = parse.GetRequiredValue(name);
            ContentHash? catalog = parse.GetValue(root) is { } text ? ContentHash.Parse(text) : null;
            await PublishErrors.TranslateAsync(async () =>
            {
                using var open = await place.OpenAsync(parse, host, null, cancellationToken);
                if (parse.GetValue(remove)) await open.Publisher.RemoveTagAsync(tag, cancellationToken);
                else await open.Publisher.AddTagAsync(tag, parse.GetRequiredValue(description), catalog, cancellationToken);
            });
            return ExitCodes.Done;
        });
    }
}
